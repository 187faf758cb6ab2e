#include "proto/role.h"

static const char *const abouts[] = {
	[ABOUT_NOTHING] = "nothing",
	[ABOUT_OWN] = "the caller's own",
	[ABOUT_REPORT] = "the reports",
	[ABOUT_FILTER] = "what is asked for",
	[ABOUT_PRODUCT] = "the products",
	[ABOUT_ALERT] = "the alert",
	[ABOUT_WHOLE] = "everything",
};

static const char *const names[] = {
	[ROLE_NONE] = "none",
	[ROLE_SUBMIT] = "submit",
	[ROLE_SUBSCRIBE] = "subscribe",
	[ROLE_READ] = "read",
	[ROLE_CURATE] = "curate",
	[ROLE_ADMIN] = "admin",
};

const char *
role_name(enum message_role role)
{
	return names[role];
}

const char *
role_about(enum message_about about)
{
	return abouts[about];
}

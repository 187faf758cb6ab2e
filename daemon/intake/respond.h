/*
 * respond.h - what people do about alerts and products that alerts are of, as
 * events: responses and remedies.  Writer thread; faults stick in the
 * projection.
 */
#ifndef TOCSIN_INTAKE_RESPOND_H
#define TOCSIN_INTAKE_RESPOND_H

#include "daemon/core/response.h"
#include "daemon/intake/intake.h"
#include "daemon/store/record_remedy.h"
#include "proto/error.h"

/* A response on its way; body and reason outlive it. */
struct respond {
	uint32_t alert;
	struct response response;
	struct text body;         /* who and why: of the event */
	struct text reason;       /* of a mute: it is published */
	uint64_t seq;             /* of the event */
	enum alarm_change change; /* what came of it */
	struct alarm alarm;       /* after it */
};

/*
 * Do it, in a frame of its own.  0, or the code with why filled and nothing
 * changed.
 */
int respond_take(struct intake *intake, struct respond *respond,
    struct refusal *why);

/* A remedy on its way. */
struct remedy {
	struct record_remedy record; /* product 0: that of the alert; of one
					taken back only undoes is given */
	bool has_mode;               /* mode below; else the alert's, or all */
	uint64_t mode_hash;
	struct text body;
	uint64_t seq;
};

/* The same of a remedy; what was not given is filled in. */
int respond_remedy(struct intake *intake, struct remedy *remedy,
    struct refusal *why);

#endif

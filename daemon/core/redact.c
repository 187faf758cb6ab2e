#include "daemon/core/redact.h"

#include "daemon/core/phone.h"
#include "daemon/core/redact_part.h"

enum {
	LOCAL_MAX = 64, /* of an address, before its @ */
	HOST_MAX = 253,
	AT_MAX = 4, /* "(at)" */
	VIN_LEN = 17,
	KEY_MAX = 32,
};

static const char *const marks[REDACT_KINDS] = {
	[REDACT_EMAIL] = "[e-mail]",
	[REDACT_PHONE] = "[phone]",
	[REDACT_VIN] = "[vin]",
};

const char *
redact_mark(enum redact_kind kind)
{
	return marks[kind];
}

/* --- e-mail addresses ----------------------------------------------------- */

static bool
is_local(char c)
{
	return redact_is_word(c) || (c && memchr("._%+-", c, 5) != NULL);
}

/* Bytes of a host's name that begins at start: dots in it, letters at last. */
static size_t
host_len(struct text text, size_t start)
{
	size_t end = start, last = start;
	bool has_dot = false, is_name = false;

	for (; end < text.len && end - start < HOST_MAX; end++) {
		char c = text.at[end];

		if (c == '.' && end > last && end + 1 < text.len &&
		    redact_is_word(text.at[end + 1])) {
			has_dot = true;
			last = end + 1;
			is_name = true;
		} else if (!redact_is_word(c) && c != '-') {
			break;
		} else if (redact_is_digit(c) || c == '-') {
			is_name = false;
		}
	}
	return has_dot && is_name && end - last >= 2 ? end - start : 0;
}

/* Bytes of what stands for @ at i: itself, "(at)" or "[at]"; or 0. */
static size_t
at_sign(struct text text, size_t i)
{
	char close = text.at[i] == '(' ? ')' : ']';

	if (text.at[i] == '@')
		return 1;
	if (i + AT_MAX <= text.len && redact_lower(text.at[i + 1]) == 'a' &&
	    redact_lower(text.at[i + 2]) == 't' && text.at[i + 3] == close)
		return AT_MAX;
	return 0;
}

static bool
is_email(struct text text, size_t from, size_t i, struct redact_find *find)
{
	size_t sign = at_sign(text, i), start = i, host, len;
	size_t blank;

	if (!sign)
		return false;
	host = i + sign;
	/* "name (at) host.org" */
	blank = sign == AT_MAX && start > from && text.at[start - 1] == ' ';
	start -= blank;
	host += blank && host < text.len && text.at[host] == ' ';
	while (start > from && i - start < LOCAL_MAX &&
	    is_local(text.at[start - 1]))
		start--;
	while (start < i && !redact_is_word(text.at[start]))
		start++;
	len = host_len(text, host);
	if (start + blank >= i || !len)
		return false;
	*find = (struct redact_find){ start, host + len - start, REDACT_EMAIL };
	return true;
}

/* --- vehicle identification numbers --------------------------------------- */

/* ISO 3779: what a letter counts for; 0 for I, O and Q, which none has. */
static int
vin_value(char c)
{
	static const char values[] = "12345678012345070923456789";

	if (redact_is_digit(c))
		return c - '0';
	return values[redact_lower(c) - 'a'] - '0';
}

/* 49 CFR 565.15 (c): the ninth character is a weighted sum modulo 11. */
static bool
vin_checks(const char *at)
{
	static const int weight[VIN_LEN] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8,
		7, 6, 5, 4, 3, 2 };
	int sum = 0;

	for (int i = 0; i < VIN_LEN; i++)
		sum += weight[i] * vin_value(at[i]);
	sum %= 11;
	return sum == 10 ? redact_lower(at[8]) == 'x' : at[8] == '0' + sum;
}

static bool
is_vin(const char *at)
{
	unsigned letters = 0, capitals = 0, tail = 0;

	for (int i = 0; i < VIN_LEN; i++) {
		bool is_digit = redact_is_digit(at[i]);

		if (!is_digit &&
		    (!redact_is_letter(at[i]) || !vin_value(at[i])))
			return false;
		letters += !is_digit;
		capitals += at[i] >= 'A' && at[i] <= 'Z';
		tail = is_digit ? tail + 1 : 0;
	}
	/* A serial of at least four digits ends it; a maker begins it. */
	if (letters < 2 || tail < 4 || tail > 12)
		return false;
	return vin_checks(at) || (letters == capitals && letters >= 3);
}

/* --- all of them ---------------------------------------------------------- */

static bool
is_phone(const struct redact_text *in, size_t i, struct redact_find *find)
{
	*find = (struct redact_find){ i, phone_at(in->text, i, in->is_name),
		REDACT_PHONE };
	return find->len > 0;
}

static bool
is_word_find(const struct redact_text *in, size_t i, size_t end,
    struct redact_find *find)
{
	if (end - i == VIN_LEN && is_vin(in->text.at + i)) {
		*find = (struct redact_find){ i, VIN_LEN, REDACT_VIN };
		return true;
	}
	return redact_is_digit(in->text.at[i]) && is_phone(in, i, find);
}

/* Bytes at which something may be found; most texts have few. */
static const bool telling[256] = { ['@'] = true,
	['('] = true,
	['['] = true,
	['+'] = true,
	['0'] = true,
	['1'] = true,
	['2'] = true,
	['3'] = true,
	['4'] = true,
	['5'] = true,
	['6'] = true,
	['7'] = true,
	['8'] = true,
	['9'] = true };

/* The word around i, which is a digit; *end is where it ends. */
static size_t
word_start(struct text text, size_t from, size_t i, size_t *end)
{
	for (*end = i; *end < text.len && redact_is_word(text.at[*end]);)
		++*end;
	while (i > from && redact_is_word(text.at[i - 1]))
		i--;
	return i;
}

bool
redact_next(const struct redact_text *in, size_t from, struct redact_find *find)
{
	struct text text = in->text;

	for (size_t i = from; i < text.len; i++) {
		char c = text.at[i];
		size_t start, end;

		if (!telling[(uint8_t)c])
			continue;
		if (redact_is_digit(c)) {
			start = word_start(text, from, i, &end);
			if (is_word_find(in, start, end, find))
				return true;
			i = end - 1;
			continue;
		}
		if (c != '+' && is_email(text, from, i, find))
			return true;
		if ((c == '+' || c == '(') && is_phone(in, i, find))
			return true;
	}
	return false;
}

/* --- names of fields ------------------------------------------------------ */

/* Sorted by nothing: asked only for keys that are not known. */
static const char *const contact_keys[] = { "firstname", "lastname", "surname",
	"fullname", "familyname", "givenname", "middlename", "maidenname",
	"customername", "consumername", "reportername", "ownername",
	"contactname", "username", "email", "emailaddress", "mailaddress",
	"customeremail", "consumeremail", "reporteremail", "contactemail",
	"phone", "phonenumber", "phoneno", "telephone", "telephonenumber",
	"tel", "telno", "mobilephone", "mobilenumber", "cellphone",
	"customerphone", "consumerphone", "reporterphone", "contactphone",
	"homephone", "workphone", "whatsapp", "fax", "faxnumber",
	"streetaddress", "homeaddress", "postaladdress", "customeraddress",
	"consumeraddress", "reporteraddress", "birthdate", "dateofbirth",
	"birthday", "dob", "ssn", "socialsecuritynumber", "nationalid",
	"passport", "iban", "courriel", "adressemail", "nomdefamille", "prenom",
	"telefon", "telefonnummer", "handynummer", "vorname", "nachname",
	"familienname", "geburtsdatum", "anschrift" };
static const char *const top_keys[] = { "name", "address", "contact", "mail",
	"mobile", "street", "customer", "consumer", "owner", "person", "nom",
	"adresse", "portable", "strasse", "victim", "complainant" };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_among(const char *const *words, size_t count, struct text key)
{
	for (size_t i = 0; i < count; i++)
		if (text_is(key, words[i]))
			return true;
	return false;
}

bool
redact_is_contact(struct text key, bool is_top)
{
	char plain[KEY_MAX];
	struct text folded = { plain, 0 };

	for (size_t i = 0; i < key.len; i++) {
		char c = redact_lower(key.at[i]);

		if (c == '_' || c == '-' || c == ' ' || c == '.')
			continue;
		if (folded.len == sizeof(plain))
			return false;
		plain[folded.len++] = c;
	}
	return is_among(contact_keys, COUNT_OF(contact_keys), folded) ||
	    (is_top && is_among(top_keys, COUNT_OF(top_keys), folded));
}

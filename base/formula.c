#include "base/formula.h"

#include "base/utf8.h"

/* Stripped by one program or another before it looks what a cell is. */
static bool
is_nothing(uint32_t code)
{
	return code == ' ' || code == 0xa0 || code == 0xad || code == 0x1680 ||
	    code == 0x180e || (code >= 0x2000 && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202f) ||
	    (code >= 0x205f && code <= 0x206f) || code == 0x3000 ||
	    code == 0xfeff;
}

static bool
is_sign(uint32_t code)
{
	switch (code) {
	case '=':
	case '+':
	case '-':
	case '@':
	case 0xfe62: /* small + - = @ */
	case 0xfe63:
	case 0xfe66:
	case 0xfe6b:
	case 0xff0b: /* full-width + - = @ */
	case 0xff0d:
	case 0xff1d:
	case 0xff20:
	case 0x2212: /* minus */
		return true;
	default:
		return code < 0x20 || (code >= 0x7f && code < 0xa0);
	}
}

bool
formula_is(struct text text)
{
	while (text.len > 0) {
		uint32_t code;
		size_t len = utf8_next(text, &code);

		if (len == 0)
			return false;
		if (!is_nothing(code))
			return is_sign(code);
		text.at += len;
		text.len -= len;
	}
	return false;
}

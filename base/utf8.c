#include "base/utf8.h"

size_t
utf8_next(struct text text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t head = (uint8_t)text.at[0];
	if (head < 0x80) {
		*code = head;
		return 1;
	}
	size_t len = 0;
	if (head >> 5 == 0x6)
		len = 2;
	else if (head >> 4 == 0xe)
		len = 3;
	else if (head >> 3 == 0x1e)
		len = 4;
	if (len == 0 || len > text.len)
		return 0;
	uint32_t value = head & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		uint8_t byte = (uint8_t)text.at[i];
		if (byte >> 6 != 0x2)
			return 0;
		value = value << 6 | (byte & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff || value >> 11 == 0x1b)
		return 0;
	*code = value;
	return len;
}

bool
utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	    code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

#include "daemon/core/detect/week.h"

#include "base/date.h"

enum { DAYS = 7, THURSDAY = 3 }; /* 1970 began on one */

uint16_t
week_of_day(int32_t day)
{
	if (day < -THURSDAY)
		return 0;
	if (day > DAYS * UINT16_MAX)
		return UINT16_MAX;
	return (uint16_t)((day + THURSDAY) / DAYS);
}

uint16_t
week_of_ms(int64_t ms)
{
	return week_of_day(date_of_ms(ms));
}

int32_t
week_first_day(uint16_t week)
{
	return week * DAYS - THURSDAY;
}

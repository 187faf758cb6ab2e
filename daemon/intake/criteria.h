/*
 * criteria.h - what reports and findings are judged by, as the operator set it
 * up: replaced as a whole when the configuration is read again, never changed.
 */
#ifndef TOCSIN_INTAKE_CRITERIA_H
#define TOCSIN_INTAKE_CRITERIA_H

#include "daemon/core/organisations.h"
#include "daemon/core/statistic.h"

struct criteria {
	struct rules *rules;                 /* owned */
	struct organisations *organisations; /* owned */
	struct statistic *statistic;         /* owned */
};

#endif

/* alert_history.h - what happened to an alert, as a table. */
#ifndef TOCSIN_CLIENTS_CLI_ALERT_HISTORY_H
#define TOCSIN_CLIENTS_CLI_ALERT_HISTORY_H

#include "clients/cli/shell/command.h"

/* Of the alert that is the first operand; an exit code. */
int alert_history_show(struct line *line);

#endif

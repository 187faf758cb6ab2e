/* verdicts.h - scored pairs as rows: left, right, score, decision, reasons. */
#ifndef TOCSIN_CLIENTS_CLI_VERDICTS_H
#define TOCSIN_CLIENTS_CLI_VERDICTS_H

#include "clients/cli/match/pairs.h"
#include "clients/cli/shell/command.h"

/* What a pair's reasons are taken from, when it is printed. */
struct verdicts {
	struct output *output;
	const struct pairs *pairs;
	const struct match_corpus *corpus;
	const struct match_weights *weights;
};

/* Print every pair in the output's format; 0 or an exit code. */
int verdicts_print(const struct verdicts *verdicts);

#endif

/*
 * ask.c - a report asked for on the terminal, in English or French.
 */
#include "clients/cli/report.h"

#include <stdlib.h>
#include <string.h>

/* The answer, owned, without its newline; NULL when the input has ended. */
static char *
ask(struct output *output, const char *question, bool is_needed)
{
	char *answer = NULL;
	size_t room = 0;
	for (;;) {
		ssize_t len;
		fprintf(output->messages, "%s%s ", question,
		    is_needed ? " *" : "");
		fflush(output->messages);
		len = getline(&answer, &room, stdin);
		if (len < 0) {
			free(answer);
			fputc('\n', output->messages);
			return NULL;
		}
		while (len && strchr(" \t\r\n", answer[len - 1]))
			answer[--len] = '\0';
		if (len || !is_needed)
			return answer;
	}
}

/* The one word of the wire that a French answer may name otherwise. */
static char *
translated(const struct fact *fact, char *answer)
{
	if (strcmp(fact->option, "kind") != 0 || strcmp(answer, "panne") != 0)
		return answer;
	free(answer);
	return strdup("breakdown");
}

int
draft_ask(struct draft *draft)
{
	struct output *output = line_output(draft->line);
	const char *lang = line_option(draft->line, "lang");
	bool is_french = lang ? !strncmp(lang, "fr", 2) : output_is_french();
	fputs(is_french ? "Un signalement. * = indispensable ; Entrée pour "
			  "passer.\n"
			: "One report. * = needed; Enter to skip.\n",
	    output->messages);
	for (const struct fact *fact = fact_table; fact->option; fact++) {
		char *answer;
		if (!fact->english || draft_value(draft, fact, 0))
			continue;
		answer = ask(output, is_french ? fact->french : fact->english,
		    fact->is_needed);
		if (!answer)
			return EXIT_USAGE;
		if (!answer[0]) {
			free(answer);
			continue;
		}
		draft->answer[fact - fact_table] = translated(fact, answer);
	}
	return 0;
}

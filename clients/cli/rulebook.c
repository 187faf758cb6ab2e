#include "clients/cli/rulebook.h"

#include <string.h>

int
rulebook_open(struct rulebook *book, struct line *line)
{
	const struct vocabulary_files files = {
		.categories = line_option(line, "categories"),
		.modes = line_option(line, "modes"),
		.hazards = line_option(line, "hazards"),
	};

	memset(book, 0, sizeof(*book));
	book->vocabulary = vocabulary_new(&files, &book->errors);
	if (book->vocabulary)
		return 0;
	if (rulebook_tell(book, line_output(line)))
		return EXIT_REJECTED;
	output_message(line_output(line), "out of memory");
	return EXIT_LOCAL;
}

void
rulebook_close(struct rulebook *book)
{
	vocabulary_free(book->vocabulary);
	yaml_errors_free(&book->errors);
}

void
rulebook_add(struct rulebook *book, const char *path)
{
	struct yaml_doc *doc = yaml_load(path, &book->errors);

	if (doc)
		(void)rules_add(&book->rules, book->vocabulary, doc,
		    &book->errors);
	yaml_free(doc);
}

void
rulebook_add_default(struct rulebook *book)
{
	(void)rules_add_default(&book->rules, book->vocabulary, &book->errors);
}

int
rulebook_tell(struct rulebook *book, struct output *output)
{
	struct text text = buf_text(&book->errors.text);

	if (!book->errors.count)
		return 0;
	output_safe_lines(output->messages,
	    (struct tocsin_text){ text.at, text.len });
	return EXIT_REJECTED;
}

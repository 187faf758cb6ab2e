#include "daemon/ruleset.h"

#include <stdlib.h>

struct rules *
ruleset_load(const struct config *config, const struct vocabulary *vocabulary,
    struct yaml_errors *errors)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	unsigned before = errors->count;

	if (!rules)
		return NULL;
	if (config->rules_default)
		rules_add_default(rules, vocabulary, errors);
	for (size_t i = 0; i < config->rules_files.count; i++) {
		struct yaml_doc *doc =
		    yaml_load(config->rules_files.item[i], errors);

		if (doc)
			rules_add(rules, vocabulary, doc, errors);
		yaml_free(doc);
	}
	if (errors->count == before)
		return rules;
	free(rules);
	return NULL;
}

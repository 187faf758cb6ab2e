/*
 * proof_file.c - tocsin alerts verify: a file that an export has written, with
 * what stands beside it in FILE.json.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "clients/cli/proof.h"
#include "clients/cli/shell/command.h"

enum { PART = 64 << 10, SIDECAR_MAX = 1 << 16 };
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct checking {
	struct line *line;
	const char *path;
	FILE *file;                    /* owned */
	struct proof *proof;           /* owned */
	struct sha256 *digest;         /* owned */
	struct tocsin_writer *sidecar; /* owned: FILE.json; empty: none */
	struct tocsin_value said;      /* what it says; nil: none */
};

static int
trouble(struct checking *checking, int code, const char *why)
{
	output_message(line_output(checking->line), "%s: %s", checking->path,
	    why);
	return code;
}

/* What was asked for, when FILE.json says so.  0, or an exit code. */
static int
read_sidecar(struct checking *checking)
{
	char *path, json[SIDECAR_MAX], why[160];
	size_t len = 0;
	FILE *file;
	if (asprintf(&path, "%s.json", checking->path) < 0)
		return trouble(checking, EXIT_LOCAL, "out of memory");
	file = fopen(path, "re");
	free(path);
	if (!file)
		return 0;
	len = fread(json, 1, sizeof(json), file);
	fclose(file);
	if (output_parse_json(checking->sidecar, NULL,
		(struct tocsin_text){ json, len }, why) ||
	    !tocsin_decode(tocsin_writer_bytes(checking->sidecar),
		&checking->said))
		return trouble(checking, EXIT_BROKEN,
		    "the file .json beside it cannot be read");
	return 0;
}

/*
 * All of the chain must be there, unless less was asked for or nobody knows
 * what was asked for.
 */
static void
begin(struct checking *checking)
{
	const struct chain_end beginning = { 0 };
	struct chain *chain = proof_chain(checking->proof);
	struct tocsin_value filter =
	    tocsin_get(&checking->said, "request.filter");
	if (checking->said.kind != TOCSIN_MAP)
		return;
	if (!tocsin_is_absent(&filter))
		chain_init(chain, true);
	if (!tocsin_get_int(&checking->said, "request.since", 0))
		chain_resume(chain, &beginning);
}

static int
check_digest(struct checking *checking)
{
	char digest[SHA256_HEX_MAX];
	sha256_finish(checking->digest, digest);
	if (checking->said.kind != TOCSIN_MAP)
		return 0;
	if (tocsin_text_is(tocsin_get_text(&checking->said, "sha256"), digest))
		return 0;
	return trouble(checking, EXIT_BROKEN,
	    "it was altered: its digest is not the one in the file .json "
	    "beside it");
}

/* Read the file whole: a chain that breaks says more than a digest does. */
static int
check_rows(struct checking *checking)
{
	char part[PART];
	bool is_first = true;
	size_t len;
	while ((len = fread(part, 1, sizeof(part), checking->file)) > 0) {
		size_t mark =
		    is_first && len >= 3 && !memcmp(part, BYTE_ORDER_MARK, 3)
		    ? 3
		    : 0;
		is_first = false;
		sha256_add(checking->digest, part, len);
		if (proof_feed(checking->proof, part + mark, len - mark))
			return trouble(checking, EXIT_BROKEN,
			    proof_why(checking->proof));
	}
	if (ferror(checking->file))
		return trouble(checking, EXIT_LOCAL, strerror(errno));
	if (proof_finish(checking->proof))
		return trouble(checking, EXIT_BROKEN,
		    proof_why(checking->proof));
	return check_digest(checking);
}

static int
open_file(struct checking *checking)
{
	int first;
	checking->file = fopen(checking->path, "re");
	if (!checking->file)
		return trouble(checking, EXIT_LOCAL, strerror(errno));
	first = getc(checking->file);
	rewind(checking->file);
	checking->proof = proof_new(first != '{');
	checking->digest = sha256_new();
	checking->sidecar = tocsin_writer_new();
	if (!checking->proof || !checking->digest || !checking->sidecar)
		return trouble(checking, EXIT_LOCAL, "out of memory");
	return 0;
}

int
run_alerts_verify(struct line *line)
{
	struct checking checking = { .line = line,
		.path = line_operand(line, 0) };
	char text[CHAIN_TELL_MAX];
	int code = digest_init() ? EXIT_LOCAL : open_file(&checking);
	if (!code)
		code = read_sidecar(&checking);
	if (!code) {
		begin(&checking);
		code = check_rows(&checking);
	}
	if (!code)
		output_message(line_output(line), "%s%s",
		    chain_tell(proof_chain(checking.proof), text),
		    checking.said.kind == TOCSIN_MAP
			? ""
			: "; no file .json beside it says how many there are");
	if (checking.file)
		fclose(checking.file);
	proof_free(checking.proof);
	sha256_free(checking.digest);
	tocsin_writer_free(checking.sidecar);
	return code;
}

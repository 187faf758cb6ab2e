#include "clients/cli/bookmark.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "clients/cli/shell/output.h"
#include "clients/cli/shell/safefile.h"

enum { FILE_MAX = 1024 };

/* What a file of ours says; false: it is another file. */
static bool
take(struct bookmark *bookmark, const struct tocsin_value *map)
{
	struct tocsin_text cursor = tocsin_get_text(map, "cursor");
	struct tocsin_text hash = tocsin_get_text(map, "hash");
	int64_t link = tocsin_get_int(map, "link", 0);
	if (map->kind != TOCSIN_MAP || cursor.len >= CURSOR_BYTES || link < 0 ||
	    (!cursor.len && !hash.len))
		return false;
	if (cursor.len)
		memcpy(bookmark->cursor, cursor.at, cursor.len);
	if (!hash.len)
		return true;
	bookmark->has_end = true;
	bookmark->end.link = (uint64_t)link;
	bookmark->is_apart = tocsin_get_bool(map, "apart");
	return !digest_unhex((struct text){ hash.at, hash.len },
	    bookmark->end.hash, sizeof(bookmark->end.hash));
}

static int
parse(struct bookmark *bookmark, struct tocsin_text json, char why[160])
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value map;
	int failed = -1;
	snprintf(why, 160, "out of memory");
	if (writer && !output_parse_json(writer, NULL, json, why)) {
		snprintf(why, 160, "it is not a file that a watch has left");
		if (tocsin_decode(tocsin_writer_bytes(writer), &map) &&
		    take(bookmark, &map))
			failed = 0;
	}
	tocsin_writer_free(writer);
	return failed;
}

int
bookmark_read(struct bookmark *bookmark, const char *path, char why[160])
{
	char json[FILE_MAX];
	FILE *file = fopen(path, "re");
	size_t len;
	*bookmark = (struct bookmark){ .path = path };
	if (!file && errno == ENOENT)
		return 0;
	if (!file) {
		snprintf(why, 160, "%s", strerror(errno));
		return -1;
	}
	len = fread(json, 1, sizeof(json), file);
	fclose(file);
	return parse(bookmark, (struct tocsin_text){ json, len }, why);
}

static void
put(const struct bookmark *bookmark, struct tocsin_writer *writer)
{
	char hash[2 * sizeof(bookmark->end.hash) + 1];
	tocsin_put_map(writer, NULL);
	if (bookmark->cursor[0])
		tocsin_put_string(writer, "cursor", bookmark->cursor);
	if (bookmark->has_end) {
		digest_hex(bookmark->end.hash, sizeof(bookmark->end.hash),
		    hash);
		tocsin_put_int(writer, "link", (int64_t)bookmark->end.link);
		tocsin_put_string(writer, "hash", hash);
	}
	if (bookmark->is_apart)
		tocsin_put_bool(writer, "apart", true);
	tocsin_put_end(writer);
}

int
bookmark_write(const struct bookmark *bookmark)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct safefile file = { .fd = -1 };
	struct tocsin_value map;
	int failed = -1;
	errno = ENOMEM;
	if (writer)
		put(bookmark, writer);
	if (writer && tocsin_writer_is_whole(writer) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &map) &&
	    !safefile_open(&file, bookmark->path, "") &&
	    !output_json_line(file.stream, &map) && !safefile_keep(&file))
		failed = 0;
	safefile_drop(&file);
	tocsin_writer_free(writer);
	return failed;
}

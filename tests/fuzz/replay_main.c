/*
 * replay_main.c - run a fuzz target without a fuzzer: every file of the
 * folders named, each whole, cut short everywhere, and mutated from a fixed
 * seed.  Exit 1 when there was nothing to run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { INPUT_MAX = 65536, MUTATIONS = 3000 };

static uint32_t
random_next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* In memory of its exact size, so that a sanitizer sees the first byte past
 * its end. */
static void
run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void
run_mutated(const uint8_t *bytes, size_t len, uint64_t seed)
{
	static const uint8_t odd[] = { 0x00, 0x7f, 0x80, 0x90, 0xa0, 0xc0, 0xc1,
		0xc4, 0xc7, 0xca, 0xcf, 0xd3, 0xd9, 0xdc, 0xdd, 0xdf, 0xff };
	uint8_t copy[INPUT_MAX];

	for (unsigned round = 0; round < MUTATIONS; round++) {
		memcpy(copy, bytes, len);
		for (uint32_t n = 1 + random_next(&seed) % 4; n > 0; n--) {
			uint32_t at = random_next(&seed) % (uint32_t)len;
			uint32_t what = random_next(&seed);

			copy[at] = what % 2 ? odd[what / 2 % sizeof(odd)]
					    : (uint8_t)(what >> 8);
		}
		run(copy, len);
	}
}

static int
run_file(const char *folder, const char *name)
{
	char path[4096];
	uint8_t bytes[INPUT_MAX];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file)
		return 0;
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	run(bytes, len);
	for (size_t cut = 0; cut < len; cut++)
		run(bytes, cut);
	if (len > 0)
		run_mutated(bytes, len, len);
	return 1;
}

int
main(int argc, char **argv)
{
	int files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		struct dirent *entry;

		if (!folder)
			continue;
		while ((entry = readdir(folder)))
			if (entry->d_name[0] != '.')
				files += run_file(argv[i], entry->d_name);
		closedir(folder);
	}
	printf("%d files\n", files);
	return files > 0 ? 0 : 1;
}

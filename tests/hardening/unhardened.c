/* unhardened.c - what elf.py must complain of: built with everything off. */
#include <stdio.h>

int main(int argc, char **argv);

static void
fill(char *text, size_t cap, const char *from)
{
	snprintf(text, cap, "%s %s", from, from);
}

int
main(int argc, char **argv)
{
	char text[20000];

	fill(text, sizeof(text), argv[argc - 1]);
	return puts(text) < 0;
}

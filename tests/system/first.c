/* SPDX-License-Identifier: ISC */
/*
 * The staff command for a test that has thousands of questions: each line of
 * standard input is one, its arguments with tabs between, and is answered by a
 * child that does what undersign does, without the time that a start takes.  The
 * answer is a line: the exit status, a tab, and what was said with " / " for ends
 * of lines.
 */
#include <stdlib.h>

int undersign_main(int, char **);

#define main undersign_main
#include "../../src/ctl/undersign.c"
#undef main

#include <fcntl.h>
#include <sys/wait.h>

#define ARGUMENTS 64

static int
split(char *line, char **argv)
{
	int argc = 0;
	char *word;

	line[strcspn(line, "\n")] = '\0';
	argv[argc++] = (char *)(uintptr_t)"undersign";
	while (argc < ARGUMENTS && (word = strsep(&line, "\t")) != NULL)
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

static void
answer(char *line, FILE *said)
{
	char *argv[ARGUMENTS + 1];
	int argc = split(line, argv), nothing = open("/dev/null", O_RDONLY);

	if (dup2(fileno(said), STDOUT_FILENO) < 0 ||
	    dup2(fileno(said), STDERR_FILENO) < 0 ||
	    dup2(nothing, STDIN_FILENO) < 0)
		_exit(98);
	argc = undersign_main(argc, argv);
	(void)fflush(NULL);
	_exit(argc);            /* what libraries do at an end takes longer */
}

static void
tell(int status, FILE *said)
{
	int c;

	printf("%d\t", WIFEXITED(status) ? WEXITSTATUS(status) : 97);
	rewind(said);
	while ((c = getc(said)) != EOF) {
		if (c == '\n')
			(void)fputs(" / ", stdout);
		else
			(void)putchar(c);
	}
	(void)putchar('\n');
	(void)fflush(stdout);
}

int
main(void)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		FILE *said = tmpfile();
		pid_t pid;
		int status;

		if (said == NULL || (pid = fork()) < 0)
			return 1;
		if (pid == 0)
			answer(line, said);
		if (waitpid(pid, &status, 0) != pid)
			return 1;
		tell(status, said);
		(void)fclose(said);
	}
	free(line);
	return 0;
}

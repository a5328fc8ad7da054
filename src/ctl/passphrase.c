/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/passphrase.h"

/* One line, an octet at a time: what follows is the next reader's. */
static int
read_line(int fd, char *out, size_t room)
{
	size_t len = 0;
	ssize_t n;
	char c;

	for (;;) {
		do
			n = read(fd, &c, 1);
		while (n < 0 && errno == EINTR);
		if (n < 0 || (n == 0 && len == 0))
			return ctl_complain(EXIT_NOT, "no passphrase could be "
			    "read%s%s", n < 0 ? ": " : "", n < 0 ?
			    strerror(errno) : "");
		if (n == 0 || c == '\n')
			break;
		if (len + 1 >= room || c == '\0')
			return ctl_complain(EXIT_NOT, "the passphrase is too "
			    "long, or no text");
		out[len++] = c;
	}
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return len > 0 ? 0 : ctl_complain(EXIT_NOT, "the passphrase is empty");
}

static void
put(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	(void)n;
}

/* Ctrl-C waits for the end of the line, lest the terminal stays silent. */
static int
ask(int tty, const char *before, const char *prompt, char *out, size_t room)
{
	struct termios old, quiet;
	sigset_t stops, kept;
	int code;

	if (tcgetattr(tty, &old) != 0)
		return ctl_complain(EXIT_NOT, "the terminal cannot be asked: %s",
		    strerror(errno));
	(void)sigemptyset(&stops);
	(void)sigaddset(&stops, SIGINT);
	(void)sigaddset(&stops, SIGQUIT);
	(void)sigaddset(&stops, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &stops, &kept);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(tty, TCSAFLUSH, &quiet);
	put(tty, before);
	put(tty, prompt);
	put(tty, ": ");
	code = read_line(tty, out, room);
	put(tty, "\n");
	(void)tcsetattr(tty, TCSAFLUSH, &old);
	(void)sigprocmask(SIG_SETMASK, &kept, NULL);
	return code;
}

static int
ask_terminal(const char *prompt, int twice, char *out, size_t room)
{
	char again[1024];
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), code;

	if (tty < 0)
		return ctl_complain(EXIT_NOT, "there is no terminal to ask for a "
		    "passphrase; give it with --passphrase-fd");
	code = ask(tty, "", prompt, out, room);
	if (code == 0 && twice) {
		code = ask(tty, "Once more: ", prompt, again, sizeof again);
		if (code == 0 && strcmp(out, again) != 0)
			code = ctl_complain(EXIT_NOT, "the two are not the same");
		explicit_bzero(again, sizeof again);
	}
	(void)close(tty);
	return code;
}

int
passphrase_read(const struct ctl *ctl, const char *prompt, int twice, char *out,
    size_t room)
{
	const char *fd = ctl->passphrase_fd;
	char *end;
	long n;

	if (fd == NULL)
		return ask_terminal(prompt, twice, out, room);
	n = strtol(fd, &end, 10);
	if (end == fd || *end != '\0' || n < 0 || n > INT_MAX)
		return ctl_misuse(ctl, "--passphrase-fd needs a number");
	return read_line((int)n, out, room);
}

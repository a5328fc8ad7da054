/* Commands that are printed as the next thing to do: for the usual configuration
 * and for others.
 * SPDX-License-Identifier: ISC */
#include "check.h"

#include "config/config.h"
#include "ctl/ctl.h"

static void
says(const char *file, const char *command, const char *start, const char *stop)
{
	struct ctl ctl = { .config_file = file };

	ctl_find_commands(&ctl);
	assert_string_equal(ctl_command(&ctl), command);
	assert_string_equal(ctl_daemon(&ctl, DAEMON_START), start);
	assert_string_equal(ctl_daemon(&ctl, DAEMON_STOP), stop);
	ctl_close(&ctl);
}

static void
usual(void **state)
{
	(void)state;
	says(config_default_file(), "undersign", "systemctl start undersigned",
	    "systemctl stop undersigned");
}

static void
elsewhere(void **state)
{
	static const char stop[] = "send SIGTERM to undersignd";

	(void)state;
	says("/srv/u.conf", "undersign -c /srv/u.conf", "undersignd -c /srv/u.conf",
	    stop);
	says("a b/it's $x", "undersign -c 'a b/it'\\''s $x'",
	    "undersignd -c 'a b/it'\\''s $x'", stop);
	says("", "undersign -c ''", "undersignd -c ''", stop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),
		cmocka_unit_test(elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

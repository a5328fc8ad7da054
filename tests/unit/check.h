/* check.h - cmocka with what it wants included before it */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail              /* ours is in base/status.h; tests use fail_msg */

#endif

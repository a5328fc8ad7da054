/* check.h - cmocka with what it wants included before it */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"        /* before cmocka makes a macro of fail */

#include <cmocka.h>

#endif

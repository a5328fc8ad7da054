/* SPDX-License-Identifier: ISC */
#include "daemon/role.h"

const struct role_code web_role = { .prepare = NULL };

# SPDX-License-Identifier: ISC
# Included by Makefile: everything that proves the program.
#
# A unit test tests/unit/NAME_test.c is one program, linked with the library.

UNIT_SRC = $(sort $(wildcard $(srcdir)/tests/unit/*_test.c))
UNIT = $(patsubst $(srcdir)/tests/unit/%.c,build/tests/unit/%,$(UNIT_SRC))

build/tests/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CPPFLAGS) -I$(srcdir) $(CFLAGS) $(WARN) $(HARDEN) $(CMOCKA_CFLAGS) \
	    $(CFLAGS_config) $(CFLAGS_words) $(CFLAGS_message) $(CFLAGS_seal) \
	    $(CFLAGS_store) $(CFLAGS_delivery) -DSOURCE_DIR='"$(srcdir)"' \
	    -MMD -MP -o $@ $< $(LDFLAGS) $(LINK) $(LIB) $(CMOCKA_LIBS) $(LIBS)

check-unit: $(UNIT)
	@for t in $(UNIT); do echo "# $$t"; $$t || exit 1; done

-include $(UNIT:%=%.d)
.PHONY: check-unit

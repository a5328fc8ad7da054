# SPDX-License-Identifier: ISC
# Included by Makefile: everything that proves the program.
#
# tests/unit/NAME_test.c      one program each, linked with the library
# tests/corpus/NAME_test.c    the same, over mail by others (skipped without it)
# tests/crash/NAME_test.c     the same, ended in the middle of things
# tests/fuzz/NAME_fuzz.c      with run.c: stored inputs; make fuzz: libFuzzer
# tests/system/*.t            TAP, the real programs with real peers
# tests/system/NAME.c         a program that some of them need
# tests/bench/                programs and scripts of make bench

TEST_CFLAGS = $(CMOCKA_CFLAGS) $(CFLAGS_config) $(CFLAGS_words) \
    $(CFLAGS_message) $(CFLAGS_seal) $(CFLAGS_store) $(CFLAGS_delivery) \
    $(PATHS) -I$(srcdir) -DSOURCE_DIR='"$(srcdir)"'
TEST_CC = $(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN) $(TEST_CFLAGS) \
    -MMD -MP -o $@
TEST_LD = $(LDFLAGS) $(LINK) $(LIB) $(LIBS)

tests_in = $(patsubst $(srcdir)/tests/%.c,build/tests/%,$(sort $(wildcard $(srcdir)/tests/$(1)/*_$(2).c)))
UNIT = $(call tests_in,unit,test)
CORPUS = $(call tests_in,corpus,test)
CRASH = $(call tests_in,crash,test)
FUZZ = $(call tests_in,fuzz,fuzz)
SYSTEM = $(patsubst $(srcdir)/tests/%.c,build/tests/%,$(sort $(wildcard $(srcdir)/tests/system/*.c)))
BENCH = $(patsubst $(srcdir)/tests/%.c,build/tests/%,$(sort $(wildcard $(srcdir)/tests/bench/*_load.c $(srcdir)/tests/bench/*_bench.c)))

# A test of the staff command's folder takes its objects, all but main.
CTL_PARTS = $(filter-out build/ctl/undersign.o,$(CTL_OBJ))
CTL_TESTS = csv commands
$(CTL_TESTS:%=build/tests/unit/%_test): $(CTL_PARTS)
$(CTL_TESTS:%=build/tests/unit/%_test): TEST_PARTS = $(CTL_PARTS)

build/tests/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $< $(TEST_PARTS) $(TEST_LD) $(CMOCKA_LIBS)

build/tests/corpus/%: tests/corpus/%.c $(LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $< $(TEST_LD) $(CMOCKA_LIBS)

build/tests/crash/%: tests/crash/%.c $(LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $< $(TEST_LD) $(CMOCKA_LIBS)

# What system tests need besides the real programs.
build/tests/system/%: tests/system/%.c $(LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $< $(TEST_PARTS) $(TEST_LD)
build/tests/system/first: $(CTL_PARTS)
build/tests/system/first: TEST_PARTS = $(CTL_PARTS)

build/tests/bench/%: tests/bench/%.c $(LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $< $(TEST_LD)

build/tests/bench/%.so: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(WARN) -fPIC -shared -o $@ $< -ldl

build/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/run.c $(LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $< $(srcdir)/tests/fuzz/run.c $(TEST_LD)

check: check-layers check-unit check-fuzz check-corpus check-crash check-man check-system

check-layers:
	$(srcdir)/tests/layers $(srcdir)

check-unit: $(UNIT)
	@for t in $(UNIT); do echo "# $$t"; $$t || exit 1; done

check-corpus: $(CORPUS)
	@for t in $(CORPUS); do echo "# $$t"; $$t || exit 1; done

check-crash: all $(CRASH) build/tests/bench/slow_sync.so build/tests/bench/fill_bench \
    build/tests/system/seize build/tests/system/light_key
	@for t in $(CRASH); do echo "# $$t"; $$t || exit 1; done
	BUILD=build prove -j2 $(srcdir)/tests/crash

# A fuzzer NAME_fuzz reads tests/fuzz/corpus/NAME.
check-fuzz: $(FUZZ)
	@for t in $(FUZZ); do n=$${t##*/}; echo "# $$t"; \
	    $$t $(srcdir)/tests/fuzz/corpus/$${n%_fuzz} || exit 1; done

FOR_SYSTEM = all build/tests/bench/slow_sync.so build/tests/bench/fill_bench \
    build/tests/unit/render_test $(SYSTEM)
mark_sanitized = @if [ $(SANITIZE) = yes ]; then touch build/sanitized; else rm -f build/sanitized; fi

# Memory that was freed is kept on purpose by a sanitizer; some tests must know.
# Some tests open a thousand connections.  Most wait most of the time: four at once
# keep two processors about half busy.
check-system: $(FOR_SYSTEM)
	$(mark_sanitized)
	ulimit -S -n 4096; BUILD=build prove -j4 --timer $(srcdir)/tests/system

# Some of them in the size that was promised; no part of check, which is to be quick.
check-long: $(FOR_SYSTEM)
	$(mark_sanitized)
	ulimit -S -n 4096; BUILD=build prove -j3 --timer -e sh $(srcdir)/tests/long/*.sh

# And the tests that SECURITY.md names as showing something are there.
check-man:
	mandoc -Tlint -W warning $(srcdir)/man/*.[0-9]
	@cd $(srcdir) && for t in $$(grep -oE '`[0-9a-z-]+\.t`|`[a-z_]+_test`' \
	    SECURITY.md | tr -d '`'); do \
	    ls tests/*/$$t tests/unit/$$t.c 2>/dev/null | grep -q . || { \
	    echo "SECURITY.md: there is no $$t"; exit 1; }; done

# With clang: make fuzz FUZZER=reader SECONDS=60
FUZZER = reader
SECONDS = 60
fuzz:
	@mkdir -p build/fuzz/$(FUZZER)
	clang -std=c11 $(CPPFLAGS) -g -O1 $(TEST_CFLAGS) \
	    -fsanitize=fuzzer,address,undefined -o build/fuzz/$(FUZZER)_fuzz \
	    $(srcdir)/tests/fuzz/$(FUZZER)_fuzz.c $(SRC) $(LIBS)
	build/fuzz/$(FUZZER)_fuzz -max_total_time=$(SECONDS) -rss_limit_mb=1024 \
	    build/fuzz/$(FUZZER) $(srcdir)/tests/fuzz/corpus/$(FUZZER)

# BENCH_OPTIONS: --quick, --only NAME and others (tests/bench/run)
bench: all $(BENCH) build/tests/bench/slow_sync.so build/tests/bench/nodelay.so
	BUILD=build $(srcdir)/tests/bench/run $(BENCH_OPTIONS)

demo: all
	@rm -rf build/demo && mkdir -p build/demo
	@BUILD=build perl $(srcdir)/contrib/demo/demo.pl build/demo

demo-clean:
	rm -rf build/demo

-include $(UNIT:%=%.d) $(CORPUS:%=%.d) $(CRASH:%=%.d) $(FUZZ:%=%.d) $(SYSTEM:%=%.d) $(BENCH:%=%.d)
.PHONY: check check-layers check-unit check-corpus check-crash check-fuzz check-long \
    check-system check-man fuzz bench demo demo-clean

# The store when the power goes: a disk in memory, cut at every write and sync.
check-crash-store: build/tests/crash/powerloss_test
	build/tests/crash/powerloss_test
.PHONY: check-crash-store

# SPDX-License-Identifier: GPL-2.0
#
# make            build the loader, the schedulers and the man pages with what this machine has
# make help       the other targets
#
# Everything made goes to $(O). demo, test and vm-shell need nothing of all this: they build in a sysroot of their own
# (tests/vm), with this same file, and boot the result.

O ?= build
PREFIX ?= /usr/local
VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)

MAKEFLAGS += -rR
.DELETE_ON_ERROR:
.PHONY: all help check unit fuzz install install-dev install-guest uninstall deb clean demo test test-long test-matrix bench kernel test-kernel test-kernel-debug test-kernel-series vm-build vm-shell FORCE
all:

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

sbindir := $(PREFIX)/sbin
scheddir := $(PREFIX)/lib/scx-loader
mandir := $(PREFIX)/share/man
docdir := $(PREFIX)/share/doc/scx-loader
compdir := $(PREFIX)/share/bash-completion/completions
zshdir := $(PREFIX)/share/zsh/site-functions
fishdir := $(PREFIX)/share/fish/vendor_completions.d
unitdir := $(PREFIX)/lib/systemd/system
sysusersdir := $(PREFIX)/lib/sysusers.d
includedir := $(PREFIX)/include/scx-tree
pkgconfigdir := $(PREFIX)/lib/pkgconfig
sysconfdir := /etc/scx-loader
guestdir := $(PREFIX)/lib/scx-test

## What is made of what

scheds := $(patsubst %.c,$(O)/%.o,$(wildcard root-sched/root.bpf.c sub-scheds/*.bpf.c))
loader_src := $(wildcard loader/*.c loader/*/*.c)
loader_obj := $(loader_src:%.c=$(O)/%.o)
loader := $(if $(wildcard loader/main.c),$(O)/scx-loader)
units := $(wildcard conf/*.service)
man := $(patsubst %.rst,$(O)/%,$(wildcard loader/*.[58].rst))
unit_tests := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/test_*.c))
unit_obj := $(patsubst %.c,$(O)/unit/%.o,$(filter-out loader/main.c,$(loader_src)))
unit_scheds := $(patsubst %.c,$(O)/%.o,$(wildcard tests/unit/objects/*.bpf.c))
fuzz_targets := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_scheds := $(patsubst %.c,$(O)/%.o,$(wildcard tests/fuzz/corpus/object/*.bpf.c))
fuzz_obj := $(patsubst %.c,$(O)/fuzz/%.o,$(filter-out loader/main.c,$(loader_src)))
guest_scheds := $(patsubst %.c,$(O)/%.o,$(wildcard tests/guest/kernel/*.bpf.c tests/guest/objects/*.bpf.c tests/bench/tools/*.bpf.c))
foreign_scheds := $(O)/linux-source/scx_qmap.bpf.o
guest_tools := $(patsubst %.c,$(O)/%,$(filter-out %.bpf.c,$(wildcard $(foreach d,guest/tools guest/kernel bench/tools matrix,tests/$(d)/*.c))))

c_files := $(wildcard $(foreach d,root-sched sub-scheds loader loader/* tests/unit tests/unit/objects tests/fuzz tests/fuzz/corpus/object tests/guest/objects tests/guest/tools tests/guest/kernel tests/guest/selftests tests/bench/tools tests/matrix,$(d)/*.c $(d)/*.h))
scripts := $(shell grep -slE '^#!/(usr/)?bin/(env bash|bash|sh)|^# shellcheck shell' loader/completion.bash .ci/run tests/* tests/*/* tests/guest/kernel/* tests/guest/selftests/* tests/bench/*/*)

## Tools and libraries

# clang 19 and 21 miscompile arena code
CLANG := $(shell for c in clang-22 clang-23 clang-24 clang; do \
	v=$$($$c -dumpversion 2>/dev/null) && [ "$${v%%.*}" -ge 22 ] && echo $$c && break; done)
LLVM_STRIP ?= $(CLANG:clang%=llvm-strip%)
CC := gcc
RST2MAN ?= rst2man
CLANG_FORMAT ?= clang-format
PKG_CONFIG ?= pkg-config
libs := libbpf libcgroup inih libsystemd libmicrohttpd ncursesw

# The kernel's types and upstream's BPF headers. The package has the source as a tarball. What is built with the newest types
# runs on every kernel that has what it uses: the objects are relocated as they are loaded (CO-RE).
VMLINUX_H ?= /usr/include/x86_64-linux-gnu/linux/bpf/vmlinux.h
linux_source := linux-source-7.3
scx_include := $(linux_source)/tools/sched_ext/include
SCX_INCLUDE ?= $(firstword $(wildcard /usr/src/$(scx_include)) $(O)/$(scx_include))

# Debian's packages for what is missing, asked for only when something is to be compiled. The older kernels with sub-schedulers
# have no capabilities.
need = $(if $(shell $(1) >/dev/null 2>&1 && echo yes),,$(2))
missing = $(strip $(if $(CLANG),,clang-22 llvm-22) \
	$(call need,command -v $(CC),gcc) \
	$(call need,$(PKG_CONFIG) --version,pkgconf) \
	$(call need,$(PKG_CONFIG) libbpf,libbpf-dev) \
	$(call need,$(PKG_CONFIG) libcgroup,libcgroup-dev) \
	$(call need,$(PKG_CONFIG) inih,libinih-dev) \
	$(call need,$(PKG_CONFIG) --atleast-version=257 libsystemd,libsystemd-dev) \
	$(call need,$(PKG_CONFIG) ncursesw,libncurses-dev) \
	$(call need,$(PKG_CONFIG) libmicrohttpd,libmicrohttpd-dev) \
	$(call need,command -v $(RST2MAN),python3-docutils) \
	$(call need,grep -q SCX_CAP_ENQ_IMMED $(VMLINUX_H),linux-bpf-dev/trixie-backports) \
	$(if $(filter fuzz,$(MAKECMDGOALS)),$(call need,ls $$($(CLANG) -print-resource-dir)/lib/linux/libclang_rt.fuzzer-*.a,\
		lib$(CLANG:clang%=clang-rt%)-dev)) \
	$(call need,test -d $(SCX_INCLUDE) -o -e /usr/src/$(linux_source).tar.xz,$(linux_source)/trixie-backports))

ifneq ($(filter-out help check uninstall deb clean demo test test-long test-matrix bench kernel test-kernel test-kernel-debug test-kernel-series vm-build vm-shell,$(or $(MAKECMDGOALS),all)),)
ifneq ($(missing),)
$(info apt-get install $(missing))
$(error the packages of that line are missing (Debian 13 and its backports); 'make demo', 'make test' and 'make deb' need none)
endif
lib_cflags := $(shell $(PKG_CONFIG) --cflags $(libs))
lib_ldlibs := $(shell $(PKG_CONFIG) --libs $(libs))
endif

warnings := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
sanitize := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
all_cflags = -std=gnu17 -D_GNU_SOURCE $(CPPFLAGS) $(warnings) -I. -Iloader -MMD -MP $(lib_cflags) \
	-DSCHED_DIR='"$(scheddir)"' -DVERSION='"$(VERSION)"'
# BPF_PROG() makes a parameter that few programs use, and vmlinux.h has the kernel's anonymous tags
bpf_flags = -O2 -mcpu=v3 -g -target bpf -std=gnu17 -D__TARGET_ARCH_x86 -Wno-unused-parameter \
	-Wno-compare-distinct-pointer-types -fms-extensions -Wno-microsoft-anon-tag
bpf_cflags = $(warnings) $(bpf_flags) -I. -isystem $(O)/include -isystem $(SCX_INCLUDE) -isystem $(SCX_INCLUDE)/bpf-compat -MMD -MP

## Rules

all: $(scheds) $(loader) $(man)

# What is built with other flags than the last time is built again.
flags_now = $(subst ','\'',$(CC) $(CFLAGS) $(all_cflags) $(CLANG) $(bpf_cflags))
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(flags_now)' | cmp -s - $@ || echo '$(flags_now)' >$@

# Compared, as a package's file that is new to this machine can be older than what was built of the one before.
$(O)/include/vmlinux.h: $(VMLINUX_H) FORCE
	@mkdir -p $(@D)
	@cmp -s $< $@ || cp $< $@

$(O)/$(scx_include): /usr/src/$(linux_source).tar.xz
	$(call say,UNPACK,$@)
	$(Q)mkdir -p $(O) && tar -xf $< -C $(O) --touch $(scx_include)

# DWARF is only what BTF was made of.
$(O)/%.bpf.o: %.bpf.c $(O)/flags $(O)/include/vmlinux.h | $(SCX_INCLUDE)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_cflags) -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

# Upstream's own, from where its headers are: a scheduler that knows nothing of this tree. Without .bss it has one map less,
# and is what libbpf before 1.7 can still load: see MAPS_MAX in object_facts.c.
$(O)/linux-source/%.bpf.o: $(O)/flags $(O)/include/vmlinux.h | $(SCX_INCLUDE)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_cflags) -w -fno-zero-initialized-in-bss -c $(SCX_INCLUDE)/../$*.bpf.c -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(O)/loader/%.o: loader/%.c $(O)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(all_cflags) $(CFLAGS) -c $< -o $@

$(O)/scx-loader: $(loader_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(lib_ldlibs) -o $@

$(O)/%: %.rst
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(Q)$(RST2MAN) --exit-status=2 $< $@

## Unit tests: with sanitizers, so with objects of their own

$(O)/unit/%.o: %.c $(O)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(all_cflags) $(sanitize) -c $< -o $@

# An archive: what a test defines itself (a tree that is not the kernel's) is not taken from the loader.
$(O)/unit/loader.a: $(unit_obj)
	$(Q)rm -f $@ && ar rcs $@ $^

$(unit_tests): $(O)/tests/unit/%: $(O)/unit/tests/unit/%.o $(O)/unit/loader.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(sanitize) $(LDFLAGS) $^ $(lib_ldlibs) $(shell $(PKG_CONFIG) --libs cmocka) -o $@

unit: $(unit_tests) $(unit_scheds) $(scheds) $(loader)
	$(Q)TEST_OBJECTS=$(abspath $(O))/tests/unit/objects LOADER=$(abspath $(loader)) \
		SCX_LOADER_PATH=$(abspath $(O)/root-sched):$(abspath $(O)/sub-scheds) tests/unit/run $(unit_tests) \
		$(wildcard tests/unit/test_*.sh)

## Fuzzing: with clang, so with objects of their own, too

fuzz_cc = $(CLANG) $(sanitize) -Wno-c23-extensions

$(O)/fuzz/%.o: %.c $(O)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(fuzz_cc) $(all_cflags) -fsanitize=fuzzer-no-link -c $< -o $@

$(O)/fuzz/loader.a: $(fuzz_obj)
	$(Q)rm -f $@ && ar rcs $@ $^

$(fuzz_targets): $(O)/tests/fuzz/%: $(O)/fuzz/tests/fuzz/%.o $(O)/fuzz/loader.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(fuzz_cc) -fsanitize=fuzzer $(LDFLAGS) $^ $(lib_ldlibs) -o $@

fuzz: $(fuzz_targets) $(fuzz_scheds)
	$(Q)tests/fuzz/run $(fuzz_targets)

## Tools of the tests in the guest

$(guest_tools): $(O)/%: %.c $(O)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE $(warnings) $(CFLAGS) -pthread -I. -MMD -MP $< $(shell $(PKG_CONFIG) --libs libbpf) -o $@

check:
	$(Q)rc=0; CLANG_FORMAT=$(CLANG_FORMAT) tests/format.sh $(c_files) || rc=1; shellcheck $(scripts) || rc=1; \
		tests/rooms.sh || rc=1; exit $$rc

## Installation

man_dest = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

install: all
	$(if $(loader),install -Dm755 -t $(DESTDIR)$(sbindir) $(loader))
	install -Dm644 -t $(DESTDIR)$(scheddir) $(scheds)
	$(foreach m,$(man),install -Dm644 $(m) $(call man_dest,$(m)) &&) true
	install -Dm644 -t $(DESTDIR)$(docdir) $(filter-out conf/default.ini,$(wildcard conf/*.ini conf/*.json))
	install -Dm644 loader/completion.bash $(DESTDIR)$(compdir)/scx-loader
	install -Dm644 loader/completion.zsh $(DESTDIR)$(zshdir)/_scx-loader
	install -Dm644 loader/completion.fish $(DESTDIR)$(fishdir)/scx-loader.fish
	install -d $(DESTDIR)$(unitdir)
	$(foreach u,$(units),sed 's|@sbindir@|$(sbindir)|g' $(u) >$(DESTDIR)$(unitdir)/$(notdir $(u)) &&) true
	install -Dm644 conf/scx-loader.sysusers.conf $(DESTDIR)$(sysusersdir)/scx-loader.conf
	test -e $(DESTDIR)$(sysconfdir)/hierarchy.ini || install -Dm644 conf/default.ini $(DESTDIR)$(sysconfdir)/hierarchy.ini
	@$(if $(DESTDIR),,echo 'now: systemd-sysusers && systemctl daemon-reload && systemctl enable --now scx-loader')

# For the schedulers of others: the headers that ours stand on, and those that these need
install-dev: | $(SCX_INCLUDE)
	$(foreach d,root-sched sub-scheds,install -Dm644 -t $(DESTDIR)$(includedir)/$(d) $(wildcard $(d)/*.h) &&) true
	install -Dm644 -t $(DESTDIR)$(includedir)/scx $(SCX_INCLUDE)/scx/*.h
	install -Dm644 -t $(DESTDIR)$(includedir)/bpf-compat/gnu $(SCX_INCLUDE)/bpf-compat/gnu/*.h
	install -d $(DESTDIR)$(pkgconfigdir)
	sed 's|@prefix@|$(PREFIX)|; s|@version@|$(VERSION)|; s|@bpf_flags@|$(bpf_flags)|; s|@vmlinux@|$(VMLINUX_H:/vmlinux.h=)|' \
		conf/scx-tree.pc.in >$(DESTDIR)$(pkgconfigdir)/scx-tree.pc

# What tests in the virtual machine need beside: tools, and objects that are not as they should be.
install-guest: install $(guest_tools) $(unit_scheds) $(guest_scheds) $(foreign_scheds)
	$(if $(guest_tools),install -Dm755 -t $(DESTDIR)$(guestdir) $(guest_tools))
	install -Dm644 -t $(DESTDIR)$(guestdir)/objects $(unit_scheds) $(guest_scheds) $(foreign_scheds)

uninstall:
	rm -f $(DESTDIR)$(sbindir)/scx-loader $(DESTDIR)$(compdir)/scx-loader $(DESTDIR)$(zshdir)/_scx-loader \
		$(DESTDIR)$(fishdir)/scx-loader.fish $(foreach m,$(man),$(call man_dest,$(m))) \
		$(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(units))) $(DESTDIR)$(sysusersdir)/scx-loader.conf
	rm -rf $(DESTDIR)$(scheddir) $(DESTDIR)$(docdir) $(DESTDIR)$(includedir) $(DESTDIR)$(pkgconfigdir)/scx-tree.pc

## In the guest

demo: vm-build
	$(Q)tests/vm/vm.sh -- /scx/demo.sh

test:
	$(Q)tests/vm/test.sh '$(T)'

test-long:
	$(Q)tests/vm/test.sh --long '$(T)'

test-matrix:
	$(Q)tests/matrix/run.sh '$(T)'

bench:
	$(Q)tests/bench/bench.sh

kernel:
	$(Q)tests/vm/patched.sh

test-kernel:
	$(Q)tests/vm/test-kernel.sh '$(T)'

test-kernel-debug:
	$(Q)tests/vm/test-kernel.sh --debug '$(T)'
	$(if $(T),,$(Q)KERNEL=debug tests/vm/suite.sh fault)

test-kernel-series:
	$(Q)tests/vm/series.sh

deb:
	$(Q)tests/vm/deb.sh

vm-build:
	$(Q)tests/vm/build.sh

vm-shell: vm-build
	$(Q)tests/vm/vm.sh --interactive

clean:
	rm -rf $(O)

help:
	@echo 'make            build natively into O=$(O)'
	@echo 'make unit       build and run the unit tests'
	@echo 'make fuzz       a million inputs for each fuzz target, or FUZZ_RUNS=N; FUZZ_SECONDS=N ends each sooner'
	@echo 'make check      clang-format, shellcheck, and the order of the loader'\''s rooms'
	@echo 'make install    to PREFIX=$(PREFIX), below DESTDIR=; make install-dev: headers for schedulers; make uninstall: both'
	@echo 'make clean      remove $(O)'
	@echo 'These need root and Debian 12 or 13, and nothing else prepared:'
	@echo 'make demo       show a tree of schedulers in a virtual machine'
	@echo 'make deb        Debian packages, in build/deb'
	@echo 'make test       what continuous integration runs; T=PATTERN only the tests in the virtual machine with a matching name'
	@echo 'make test KERNEL=patched  the same, on the kernel with kernel-patches'
	@echo 'make test-long  what takes hours: more of the same, and the debug kernel; keeps the result in tests/long-results'
	@echo 'make test-matrix  conditions, kinds of work, cgroups and machines, beside EEVDF; T=PATTERN chooses: see tests/matrix/run.sh'
	@echo 'make bench      compare with other schedulers; B=PATTERN, S=PATTERN and RUNS=N choose: see tests/bench/bench.sh'
	@echo 'make vm-shell   a shell in the virtual machine'
	@echo 'make kernel     Debian'\''s kernel source with kernel-patches, built for the virtual machine'
	@echo 'make test-kernel  show what each of these patches changes, FORCE=1 anew; T=PATTERN only tests with a matching name'
	@echo 'make test-kernel-debug  the same tests, and those of broken schedulers, with KASAN and lockdep'
	@echo 'make test-kernel-series  each of these patches: checkpatch.pl, and that the kernel up to it builds and boots'
	@echo 'V=1 shows the commands.'

-include $(scheds:.o=.d) $(unit_scheds:.o=.d) $(fuzz_scheds:.o=.d) $(guest_scheds:.o=.d) $(loader_obj:.o=.d) $(unit_obj:.o=.d) $(fuzz_obj:.o=.d)
-include $(unit_tests:$(O)/%=$(O)/unit/%.d) $(fuzz_targets:$(O)/%=$(O)/fuzz/%.d) $(guest_tools:=.d)

# make            build/ngx_http_consent_module.so against Debian's nginx (NGX_SRC=DIR: against any nginx source tree)
# make demo       install what it needs, build, start the demo sites on loopback; make demo-stop ends them
# make test       install what it needs, run everything; make check does the same and installs nothing
# make fuzz       FUZZ_TIME=600 seconds for each target, or for those in FUZZ="html cookie"
# make bench      what a page costs: t/bench
# make asan       t/http on an nginx 1.22.1 built with sanitizers; make valgrind: on Debian's nginx under valgrind
# make other      NGX_SRC=DIR: t/http on an nginx of another version, built from its source
# make deb        build/deb/libnginx-mod-http-consent_VERSION_ARCH.deb; make package-test: that package's life in a tree of its own
# make install    DESTDIR is honoured; make uninstall takes away exactly what install put there

NGX_SRC     ?= /usr/share/nginx/src
BUILD       ?= build
DESTDIR     ?=
MODULES_DIR ?= /usr/lib/nginx/modules
DATA_DIR    ?= /usr/share/ngx-consent
CONF_DIR    ?= /usr/share/nginx/modules-available
BIN_DIR     ?= /usr/bin
DOC_DIR     ?= /usr/share/doc/libnginx-mod-http-consent
CLANG       ?= clang
CFLAGS      ?= -O2 -g
JOBS        ?= $(shell nproc)
FUZZ_TIME   ?= 600

ifneq ($(shell test ! -e $(BUILD) || test -w $(BUILD) || echo no),)
$(error $(BUILD) belongs to somebody else: remove it, or choose another with BUILD=DIR)
endif

CORE        := ngx_consent_module/core
HTTP        := ngx_consent_module/http
CORE_SRCS   := $(wildcard $(CORE)/*.c)
MODULE_SRCS := $(CORE_SRCS) $(wildcard $(CORE)/*.h $(HTTP)/*.c $(HTTP)/*.h)
MODULE      := $(BUILD)/ngx_http_consent_module.so
CORE_LIBS    = $(shell pkg-config --libs jansson libpcre2-8 libcrypto)
C11         := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I$(CORE)
SANITIZE    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

UNIT_TESTS  := $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(wildcard t/unit/*.c))
FUZZERS     := $(patsubst t/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard t/fuzz/*.c))
BENCHMARKS  := $(patsubst t/bench/%.c,$(BUILD)/bench/%,$(wildcard t/bench/*.c))
NODE_MODULES := t/browser/node_modules/.package-lock.json

.PHONY: all module core unit fuzzers browser test check demo demo-stop fuzz bench asan other valgrind deb package-test install uninstall clean FORCE
.DELETE_ON_ERROR:

all: module


# The module. nginx's configure runs again only when its answer may have changed: other sources of nginx, another list of
# files, another config.

module: $(MODULE)

$(MODULE): $(BUILD)/nginx/Makefile $(MODULE_SRCS)
	@echo '  MAKE $@'
	@$(MAKE) -s --no-print-directory -C $(BUILD)/nginx-src -f $(abspath $(BUILD))/nginx/Makefile modules
	@install -m 644 $(BUILD)/nginx/ngx_http_consent_module.so $@.new
	@mv $@.new $@

$(BUILD)/nginx/Makefile: config scripts/configure-nginx $(NGX_SRC)/src/core/nginx.h $(BUILD)/configured-with
	@echo '  CONFIGURE $(NGX_SRC)'
	@scripts/configure-nginx $(NGX_SRC) $(BUILD)

$(BUILD)/configured-with: FORCE
	@mkdir -p $(BUILD)
	@echo '$(NGX_SRC) $(DATA_DIR) $(filter %.c,$(MODULE_SRCS))' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@

$(NGX_SRC)/src/core/nginx.h:
	@echo 'No nginx source in $(NGX_SRC): install nginx-dev, or name a source tree with NGX_SRC=DIR.' >&2; exit 1

export NGX_CONSENT_ASSETS := $(DATA_DIR)


# The core library without nginx: for unit tests (sanitized), fuzzers (clang) and benchmarks (as shipped).

core: $(BUILD)/core/libconsent_core.a

# $(1) directory, $(2) compiler, $(3) flags
define core_library
$(BUILD)/$(1)/libconsent_core.a: $(patsubst $(CORE)/%.c,$(BUILD)/$(1)/%.o,$(CORE_SRCS))
	@rm -f $$@
	@echo '  AR $$@'
	@ar rcs $$@ $$^

$(BUILD)/$(1)/%.o: $(CORE)/%.c
	@mkdir -p $$(@D)
	@echo '  CC $$@'
	@$(2) $(C11) $(3) -MMD -MP -c -o $$@ $$<

-include $(wildcard $(BUILD)/$(1)/*.d)
endef

$(eval $(call core_library,core,$(CC),$(CFLAGS)))
$(eval $(call core_library,core-sanitized,$(CC),$(SANITIZE)))
$(eval $(call core_library,core-fuzz,$(CLANG),$(SANITIZE) -fsanitize=fuzzer-no-link))

unit: $(UNIT_TESTS)

$(BUILD)/unit/%: t/unit/%.c $(BUILD)/core-sanitized/libconsent_core.a
	@mkdir -p $(@D)
	@echo '  CC $@'
	@$(CC) $(C11) $(SANITIZE) -MMD -MP -It/unit -o $@ $(filter %.c %.a,$^) -lcmocka $(CORE_LIBS) -lm

fuzzers: $(FUZZERS)

$(BUILD)/fuzz/%: t/fuzz/%.c $(BUILD)/core-fuzz/libconsent_core.a
	@mkdir -p $(@D)
	@echo '  CC $@'
	@$(CLANG) $(C11) $(SANITIZE) -fsanitize=fuzzer -MMD -MP -It/unit -o $@ $(filter %.c %.a,$^) $(CORE_LIBS) -lm

$(BUILD)/bench/%: t/bench/%.c $(BUILD)/core/libconsent_core.a
	@mkdir -p $(@D)
	@echo '  CC $@'
	@$(CC) $(C11) $(CFLAGS) -MMD -MP -It/unit -o $@ $(filter %.c %.a,$^) $(CORE_LIBS) -lm

-include $(wildcard $(BUILD)/unit/*.d $(BUILD)/fuzz/*.d $(BUILD)/bench/*.d)


# Tests. One runner: prove. What installs is kept apart, since make looks at files before anything is installed.

test:
	@scripts/install-deps test
	@$(MAKE) --no-print-directory -j$(JOBS) module unit fuzzers browser
	@$(MAKE) --no-print-directory check

check: module unit fuzzers browser
	prove -j2 -r t

browser: $(NODE_MODULES)

$(NODE_MODULES): t/browser/package.json t/browser/package-lock.json
	cd t/browser && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

fuzz: fuzzers
	FUZZ_TIME=$(FUZZ_TIME) FUZZ='$(FUZZ)' prove -v t/fuzz/fuzz.t

bench: module $(BENCHMARKS)
	scripts/bench $(BENCHMARKS)

asan: module
	scripts/nginx-sanitized $(BUILD)
	NGXC_NGINX=$(BUILD)/asan/nginx/nginx NGXC_MODULE=$(BUILD)/asan/nginx/ngx_http_consent_module.so prove -r t/http

other:
	scripts/nginx-other $(NGX_SRC) $(BUILD)/other
	NGXC_NGINX=$(BUILD)/other/nginx/nginx NGXC_MODULE=$(BUILD)/other/nginx/ngx_http_consent_module.so prove -r t/http t/browser/http3.t

valgrind: module
	@command -v valgrind > /dev/null || { echo 'valgrind is not installed: apt-get install valgrind' >&2; exit 1; }
	NGXC_VALGRIND=1 prove -r t/http


demo:
	@scripts/install-deps demo
	@$(MAKE) --no-print-directory module
	@scripts/demo start

demo-stop:
	@scripts/demo stop


install: module
	install -d $(DESTDIR)$(MODULES_DIR) $(DESTDIR)$(CONF_DIR) $(DESTDIR)$(DATA_DIR) $(DESTDIR)$(DOC_DIR)
	install -m 644 $(MODULE) $(DESTDIR)$(MODULES_DIR)/ngx_http_consent_module.so.new
	mv $(DESTDIR)$(MODULES_DIR)/ngx_http_consent_module.so.new $(DESTDIR)$(MODULES_DIR)/ngx_http_consent_module.so
	echo 'load_module modules/ngx_http_consent_module.so;' > $(DESTDIR)$(CONF_DIR)/mod-http-consent.conf
	install -D -m 755 scripts/consent-evidence $(DESTDIR)$(BIN_DIR)/consent-evidence
	cp -R --no-preserve=ownership assets/. $(DESTDIR)$(DATA_DIR)/
	cp -R --no-preserve=ownership LICENSE README.md README.fr.md docs $(DESTDIR)$(DOC_DIR)/
	chmod -R u=rwX,go=rX $(DESTDIR)$(DATA_DIR) $(DESTDIR)$(DOC_DIR)

uninstall:
	rm -f $(DESTDIR)$(MODULES_DIR)/ngx_http_consent_module.so $(DESTDIR)$(CONF_DIR)/mod-http-consent.conf
	rm -f $(DESTDIR)$(BIN_DIR)/consent-evidence
	rm -rf $(DESTDIR)$(DATA_DIR) $(DESTDIR)$(DOC_DIR)

# The Debian package, from a copy: debhelper works in the tree that it builds.

deb:
	@command -v dh_nginx > /dev/null || { echo 'dh_nginx is not installed: apt-get install nginx-dev debhelper dpkg-dev' >&2; exit 1; }
	rm -rf $(BUILD)/deb
	mkdir -p $(BUILD)/deb/ngx-consent
	tar -c --exclude=./.git --exclude=./build --exclude='./$(BUILD)' --exclude=node_modules . | tar -x -C $(BUILD)/deb/ngx-consent
	cd $(BUILD)/deb/ngx-consent && DEB_BUILD_OPTIONS='parallel=$(JOBS)' dpkg-buildpackage -b -us -uc > ../build.log 2>&1 \
	    || { tail -n 20 ../build.log >&2; exit 1; }
	rm -rf $(BUILD)/deb/ngx-consent
	@ls $(BUILD)/deb/*.deb

package-test: deb
	NGXC_PACKAGE=1 prove -v t/package.t


clean:
	rm -rf $(BUILD)


# The catalogue as data: that it loads, claims what it should and nothing else, and is worth reading. docs/adding-a-service.md

.PHONY: catalogue-check

catalogue-check: $(BUILD)/unit/tags $(BUILD)/unit/negatives
	scripts/catalogue-check
	$(BUILD)/unit/tags
	$(BUILD)/unit/negatives
	prove t/catalogue.t

# Installation. The name of the library's file has its version, the SONAME has the number of the ABI.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/libhookrail
INSTALL ?= install

VERSION := $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
ABI := $(shell sed -n 's/^\#define HOOKRAIL_ABI_VERSION //p' include/hookrail.h)

PKGCONFIGDIR = $(LIBDIR)/pkgconfig
CMAKEDIR = $(LIBDIR)/cmake/hookrail
HEADERS = include/hookrail.h include/hookrail.hpp include/hookrail_testing.hpp
LIBRARY_FILES = libhookrail.a libhookrail.so libhookrail.so.$(ABI) libhookrail.so.$(VERSION)
CMAKE_FILES = hookrail-config.cmake hookrail-config-version.cmake

# Two thirds of the archive would be debug information of the standard library, and LLVM's code of it. Cargo's file stays as
# it is, because objcopy writes other bytes when it runs a second time.
OBJCOPY ?= objcopy
WITHOUT_BALLAST := --enable-deterministic-archives --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd

SUBSTITUTE = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@ABI@|$(ABI)|g' -e 's|@PREFIX@|$(PREFIX)|g' \
	-e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|g' \
	-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|g' \
	-e "s|@INCLUDEDIR_FROM_CMAKEDIR@|$$(realpath -m --relative-to=$(CMAKEDIR) $(INCLUDEDIR))|g"

.PHONY: install install-files install-docs uninstall

# Builds only a missing library: root often has no toolchain.
install: ## Install below PREFIX: headers, libraries, pkg-config and CMake files, and the pages of `make docs`
	@test -f $(BUILT)/libhookrail.so || $(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory install-files $(if $(wildcard $(MAN_PAGES)/*),install-docs)
	@echo "libhookrail $(VERSION) is installed in $(DESTDIR)$(LIBDIR) and $(DESTDIR)$(INCLUDEDIR)."
	@test -n "$(DESTDIR)" || echo "If the loader does not find it there, run ldconfig."

install-files:
	$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(CMAKEDIR)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	$(OBJCOPY) $(WITHOUT_BALLAST) $(BUILT)/libhookrail.a $(DESTDIR)$(LIBDIR)/libhookrail.a
	chmod 644 $(DESTDIR)$(LIBDIR)/libhookrail.a
	$(INSTALL) -m 755 $(BUILT)/libhookrail.so \
		$(DESTDIR)$(LIBDIR)/libhookrail.so.$(VERSION)
	ln -sf libhookrail.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libhookrail.so.$(ABI)
	ln -sf libhookrail.so.$(ABI) $(DESTDIR)$(LIBDIR)/libhookrail.so
	$(SUBSTITUTE) hookrail.pc.in > $(DESTDIR)$(PKGCONFIGDIR)/hookrail.pc
	$(foreach file,$(CMAKE_FILES),$(SUBSTITUTE) cmake/$(file).in > $(DESTDIR)$(CMAKEDIR)/$(file) &&) :

install-docs:
	$(INSTALL) -d $(DESTDIR)$(MANDIR)/man3 $(DESTDIR)$(DOCDIR)/html
	$(INSTALL) -m 644 $(MAN_PAGES)/*.3 $(DESTDIR)$(MANDIR)/man3
	cp -R $(REFERENCE)/html/. $(DESTDIR)$(DOCDIR)/html

uninstall: ## Remove the files of install
	rm -f $(addprefix $(DESTDIR)$(INCLUDEDIR)/,$(notdir $(HEADERS)))
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(LIBRARY_FILES)) $(DESTDIR)$(PKGCONFIGDIR)/hookrail.pc
	rm -f $(DESTDIR)$(MANDIR)/man3/hookrail.3 $(DESTDIR)$(MANDIR)/man3/hookrail_*.3
	rm -rf $(DESTDIR)$(CMAKEDIR) $(DESTDIR)$(DOCDIR)/html

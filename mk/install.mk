# Installation. The name of the library's file has its version, the SONAME has the number of the ABI.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/libhookrail
INSTALL ?= install

VERSION := $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
ABI := $(shell sed -n 's/^\#define HOOKRAIL_ABI_VERSION //p' include/hookrail.h)

# The system of the library: linux-gnu, linux-musl or macos. The libraries that the static one needs follow, for pkg-config
# and for CMake. GCC has the unwinder for glibc (gcc_eh).
SYSTEM ?= $(if $(filter Darwin,$(shell uname -s)),macos,linux-gnu)
ifeq ($(SYSTEM),macos)
SHARED_LIBRARY := libhookrail.dylib
SHARED_LIBRARY_ABI := libhookrail.$(ABI).dylib
SHARED_LIBRARY_VERSION := libhookrail.$(VERSION).dylib
SONAME := @rpath/$(SHARED_LIBRARY_ABI)
else
SHARED_LIBRARY := libhookrail.so
SHARED_LIBRARY_ABI := libhookrail.so.$(ABI)
SHARED_LIBRARY_VERSION := libhookrail.so.$(VERSION)
SONAME := $(SHARED_LIBRARY_ABI)
endif
NEEDS_linux-gnu := -lutil -lrt -lpthread -lm -ldl -lgcc_eh
NEEDS_linux-musl :=
NEEDS_macos := -framework Security -framework CoreFoundation
CMAKE_NEEDS_linux-gnu := util;rt;Threads::Threads;m;$${CMAKE_DL_LIBS};gcc_eh
CMAKE_NEEDS_linux-musl := Threads::Threads
CMAKE_NEEDS_macos := Threads::Threads;-framework Security;-framework CoreFoundation

PKGCONFIGDIR = $(LIBDIR)/pkgconfig
CMAKEDIR = $(LIBDIR)/cmake/hookrail
HEADERS = include/hookrail.h include/hookrail.hpp include/hookrail_testing.hpp
LIBRARY_FILES = libhookrail.a $(SHARED_LIBRARY) $(SHARED_LIBRARY_ABI) $(SHARED_LIBRARY_VERSION)
CMAKE_FILES = hookrail-config.cmake hookrail-config-version.cmake

# Two thirds of the archive would be debug information of the standard library, and LLVM's code of it. Cargo's file stays as
# it is, because objcopy writes other bytes when it runs a second time.
OBJCOPY ?= objcopy
WITHOUT_BALLAST := --enable-deterministic-archives --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd

# The prefix that the file of pkg-config names. With RELOCATABLE=1 it follows the file, wherever that is.
PC_PREFIX = $(if $(RELOCATABLE),$${pcfiledir}/$(shell realpath -m --relative-to=$(PKGCONFIGDIR) $(PREFIX)),$(PREFIX))

SUBSTITUTE = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@PREFIX@|$(PC_PREFIX)|g' \
	-e 's|@SHARED_LIBRARY_VERSION@|$(SHARED_LIBRARY_VERSION)|g' -e 's|@SONAME@|$(SONAME)|g' \
	-e 's|@NEEDS@|$(NEEDS_$(SYSTEM))|g' -e 's|@CMAKE_NEEDS@|$(CMAKE_NEEDS_$(SYSTEM))|g' \
	-e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|g' \
	-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|g' \
	-e "s|@INCLUDEDIR_FROM_CMAKEDIR@|$$(realpath -m --relative-to=$(CMAKEDIR) $(INCLUDEDIR))|g"

.PHONY: install install-files install-docs uninstall

# Builds only a missing library: root often has no toolchain.
install: ## Install below PREFIX: headers, libraries, pkg-config and CMake files, and the pages of `make docs`
	@test -f $(BUILT)/$(SHARED_LIBRARY) || $(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory install-files $(if $(wildcard $(MAN_PAGES)/*),install-docs)
	@echo "libhookrail $(VERSION) is installed in $(DESTDIR)$(LIBDIR) and $(DESTDIR)$(INCLUDEDIR)."
	@test -n "$(DESTDIR)" || echo "If the loader does not find it there, run ldconfig."

install-files:
	$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(CMAKEDIR)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	$(OBJCOPY) $(WITHOUT_BALLAST) $(BUILT)/libhookrail.a $(DESTDIR)$(LIBDIR)/libhookrail.a
	chmod 644 $(DESTDIR)$(LIBDIR)/libhookrail.a
	$(INSTALL) -m 755 $(BUILT)/$(SHARED_LIBRARY) $(DESTDIR)$(LIBDIR)/$(SHARED_LIBRARY_VERSION)
	ln -sf $(SHARED_LIBRARY_VERSION) $(DESTDIR)$(LIBDIR)/$(SHARED_LIBRARY_ABI)
	ln -sf $(SHARED_LIBRARY_ABI) $(DESTDIR)$(LIBDIR)/$(SHARED_LIBRARY)
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

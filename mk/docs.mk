# The reference of the headers: docs/reference says how it is made.

REFERENCE ?= $(CARGO_TARGET_DIR)/reference
MAN_PAGES = $(REFERENCE)/man/man3

# The date of the header's last change, so that the pages are the same wherever they are made.
REFERENCE_DATE = $(or $(if $(SOURCE_DATE_EPOCH),$(shell date --utc --date=@$(SOURCE_DATE_EPOCH) +%F)),$\
	$(shell git log -1 --format=%cs -- include/hookrail.h 2> /dev/null),$\
	$(shell date --utc --reference=include/hookrail.h +%F))

.PHONY: setup-docs docs

setup-docs:
	@scripts/setup --docs

docs: setup-docs ## Write the reference of the headers below target/reference: HTML and man pages
	@rm -rf $(REFERENCE)
	@mkdir -p $(MAN_PAGES)
	VERSION=$(VERSION) OUTPUT=$(REFERENCE) doxygen docs/reference/Doxyfile
	xsltproc --stringparam version $(VERSION) --stringparam date $(REFERENCE_DATE) \
		--stringparam folder $(MAN_PAGES) docs/reference/man.xsl $(REFERENCE)/xml/index.xml

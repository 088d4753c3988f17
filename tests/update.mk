# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/dns_diff_test
TESTS += %D%/unit/dns_diff_test
%C%_unit_dns_diff_test_SOURCES = %D%/unit/dns_diff_test.c %D%/unit/unit.h
%C%_unit_dns_diff_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/update_test
TESTS += %D%/unit/update_test
%C%_unit_update_test_SOURCES = %D%/unit/update_test.c %D%/unit/unit.h
%C%_unit_update_test_LDADD = $(LIBS_UPDATE) $(LIBS_EXT) $(CUNIT_LIBS)

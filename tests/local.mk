# Unit tests: a program per folder or part of one, e.g.
#   check_PROGRAMS += %D%/unit/dns_name_test
#   TESTS += %D%/unit/dns_name_test
#   %C%_unit_dns_name_test_SOURCES = %D%/unit/dns_name_test.c %D%/unit/unit.h
#   %C%_unit_dns_name_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)

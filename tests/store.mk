# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/zone_edit_test
TESTS += %D%/unit/zone_edit_test
%C%_unit_zone_edit_test_SOURCES = %D%/unit/zone_edit_test.c \
	%D%/unit/zone_model.h %D%/unit/unit.h
%C%_unit_zone_edit_test_LDFLAGS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
%C%_unit_zone_edit_test_LDADD = $(LIBS_ZONE) $(LIBS_EXT) $(CUNIT_LIBS)

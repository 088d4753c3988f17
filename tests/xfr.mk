# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/xfr_refresh_test
TESTS += %D%/unit/xfr_refresh_test
%C%_unit_xfr_refresh_test_SOURCES = %D%/unit/xfr_refresh_test.c %D%/unit/unit.h
%C%_unit_xfr_refresh_test_LDADD = $(LIBS_XFR) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/xfr_in_stream_test
TESTS += %D%/unit/xfr_in_stream_test
%C%_unit_xfr_in_stream_test_SOURCES = %D%/unit/xfr_in_stream_test.c %D%/unit/unit.h
%C%_unit_xfr_in_stream_test_LDADD = $(LIBS_XFR) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/net_dial_test
TESTS += %D%/unit/net_dial_test
%C%_unit_net_dial_test_SOURCES = %D%/unit/net_dial_test.c %D%/unit/unit.h
%C%_unit_net_dial_test_LDADD = net/libnet.a $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/xfr_request_test
TESTS += %D%/unit/xfr_request_test
%C%_unit_xfr_request_test_SOURCES = %D%/unit/xfr_request_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_xfr_request_test_LDADD = $(LIBS_XFR) $(LIBS_EXT) $(CUNIT_LIBS)

# Unit tests: a program per folder or part of one, e.g.
#   check_PROGRAMS += %D%/unit/dns_name_test
#   TESTS += %D%/unit/dns_name_test
#   %C%_unit_dns_name_test_SOURCES = %D%/unit/dns_name_test.c %D%/unit/unit.h
#   %C%_unit_dns_name_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/base_log_test %D%/unit/base_pool_file_test
TESTS += %D%/unit/base_log_test %D%/unit/base_pool_file_test
%C%_unit_base_log_test_SOURCES = %D%/unit/base_log_test.c %D%/unit/unit.h
%C%_unit_base_log_test_LDADD = $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_base_pool_file_test_SOURCES = %D%/unit/base_pool_file_test.c %D%/unit/unit.h
%C%_unit_base_pool_file_test_LDADD = $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)

# sockets and workers
check_PROGRAMS += %D%/unit/net_timer_test %D%/unit/net_stream_test %D%/unit/server_workers_test
TESTS += %D%/unit/net_timer_test %D%/unit/net_stream_test %D%/unit/server_workers_test
%C%_unit_net_timer_test_SOURCES = %D%/unit/net_timer_test.c %D%/unit/unit.h
%C%_unit_net_timer_test_LDADD = net/libnet.a $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_net_stream_test_SOURCES = %D%/unit/net_stream_test.c %D%/unit/unit.h
%C%_unit_net_stream_test_LDADD = net/libnet.a $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_server_workers_test_SOURCES = %D%/unit/server_workers_test.c \
	%D%/unit/workers_echo.c %D%/unit/workers_echo.h %D%/unit/unit.h
%C%_unit_server_workers_test_LDADD = server/libserver.a $(LIBS_CONF) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/base_counters_test %D%/unit/server_tcp_clients_test
TESTS += %D%/unit/base_counters_test %D%/unit/server_tcp_clients_test
%C%_unit_base_counters_test_SOURCES = %D%/unit/base_counters_test.c %D%/unit/unit.h
%C%_unit_base_counters_test_LDADD = $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_server_tcp_clients_test_SOURCES = %D%/unit/server_tcp_clients_test.c %D%/unit/unit.h
%C%_unit_server_tcp_clients_test_LDADD = server/libserver.a net/libnet.a $(LIBS_BASE) \
	$(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/server_listen_test %D%/unit/server_listen_plan_test
TESTS += %D%/unit/server_listen_test %D%/unit/server_listen_plan_test
%C%_unit_server_listen_test_SOURCES = %D%/unit/server_listen_test.c %D%/unit/acl_hand.h \
	%D%/unit/workers_echo.c %D%/unit/workers_echo.h %D%/unit/unit.h
%C%_unit_server_listen_test_LDADD = server/libserver.a $(LIBS_CONF) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_server_listen_plan_test_SOURCES = %D%/unit/server_listen_plan_test.c \
	%D%/unit/acl_hand.h %D%/unit/unit.h
%C%_unit_server_listen_plan_test_LDADD = server/libserver.a $(LIBS_CONF) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/dns_rdata_test %D%/unit/dns_name_test %D%/unit/base_codec_test
TESTS += %D%/unit/dns_rdata_test %D%/unit/dns_name_test %D%/unit/base_codec_test
%C%_unit_dns_name_test_SOURCES = %D%/unit/dns_name_test.c %D%/unit/unit.h
%C%_unit_dns_name_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_base_codec_test_SOURCES = %D%/unit/base_codec_test.c %D%/unit/unit.h
%C%_unit_base_codec_test_LDADD = $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_dns_rdata_test_SOURCES = %D%/unit/dns_rdata_test.c %D%/unit/unit.h
%C%_unit_dns_rdata_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)
EXTRA_DIST += %D%/vectors/make_rdata.py %D%/vectors/rdata_good.txt %D%/vectors/rdata_good.out \
	%D%/vectors/rdata_bad.txt %D%/vectors/rdata_bad.out

check_PROGRAMS += %D%/unit/dns_message_test %D%/unit/dns_edns_test %D%/unit/dns_tsig_test
TESTS += %D%/unit/dns_message_test %D%/unit/dns_edns_test %D%/unit/dns_tsig_test
%C%_unit_dns_message_test_SOURCES = %D%/unit/dns_message_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_dns_message_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_dns_edns_test_SOURCES = %D%/unit/dns_edns_test.c %D%/unit/unit.h
%C%_unit_dns_edns_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_dns_tsig_test_SOURCES = %D%/unit/dns_tsig_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_dns_tsig_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/server_options_test
TESTS += %D%/unit/server_options_test
%C%_unit_server_options_test_SOURCES = %D%/unit/server_options_test.c %D%/unit/unit.h
%C%_unit_server_options_test_LDADD = $(LIBS_SERVER) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/zone_contents_test
TESTS += %D%/unit/zone_contents_test
%C%_unit_zone_contents_test_SOURCES = %D%/unit/zone_contents_test.c %D%/unit/unit.h
%C%_unit_zone_contents_test_LDADD = $(LIBS_ZONE) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/answer_test
TESTS += %D%/unit/answer_test
%C%_unit_answer_test_SOURCES = %D%/unit/answer_test.c %D%/unit/unit.h
%C%_unit_answer_test_LDADD = $(LIBS_ANSWER) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/answer_cookie_test
TESTS += %D%/unit/answer_cookie_test
%C%_unit_answer_cookie_test_SOURCES = %D%/unit/answer_cookie_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_answer_cookie_test_LDADD = $(LIBS_ANSWER) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/server_zone_set_test
TESTS += %D%/unit/server_zone_set_test
%C%_unit_server_zone_set_test_SOURCES = %D%/unit/server_zone_set_test.c %D%/unit/unit.h
%C%_unit_server_zone_set_test_LDADD = $(LIBS_SERVER) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/net_addr_test %D%/unit/parser_conf_test %D%/unit/conf_test
TESTS += %D%/unit/net_addr_test %D%/unit/parser_conf_test %D%/unit/conf_test
%C%_unit_net_addr_test_SOURCES = %D%/unit/net_addr_test.c %D%/unit/unit.h
%C%_unit_net_addr_test_LDADD = net/libnet.a $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_parser_conf_test_SOURCES = %D%/unit/parser_conf_test.c %D%/unit/unit.h
%C%_unit_parser_conf_test_LDADD = $(LIBS_PARSER) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_conf_test_SOURCES = %D%/unit/conf_test.c %D%/unit/unit.h
%C%_unit_conf_test_LDADD = $(LIBS_CONF) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/base_hmac_test
TESTS += %D%/unit/base_hmac_test
%C%_unit_base_hmac_test_SOURCES = %D%/unit/base_hmac_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_base_hmac_test_LDADD = $(LIBS_BASE) $(LIBS_EXT) $(CUNIT_LIBS)


check_PROGRAMS += %D%/unit/parser_master_test
TESTS += %D%/unit/parser_master_test
%C%_unit_parser_master_test_SOURCES = %D%/unit/parser_master_test.c %D%/unit/unit.h
%C%_unit_parser_master_test_LDADD = $(LIBS_PARSER) $(LIBS_EXT) $(CUNIT_LIBS)

check_PROGRAMS += %D%/unit/dns_svcb_test
TESTS += %D%/unit/dns_svcb_test
%C%_unit_dns_svcb_test_SOURCES = %D%/unit/dns_svcb_test.c %D%/unit/unit.h
%C%_unit_dns_svcb_test_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(CUNIT_LIBS)

# Fuzzers: one program per decoder, a corpus in fuzz/corpus/NAME, e.g.
#   FUZZERS += %D%/fuzz_name
#   %C%_fuzz_name_SOURCES = %D%/fuzz_name.c
#   %C%_fuzz_name_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(FUZZ_LIB)
# libFuzzer: ./configure CC=clang --enable-fuzzing; AFL++: CC=afl-clang-fast --enable-fuzzing.
FUZZERS =
EXTRA_PROGRAMS += $(FUZZERS)
if FUZZING
noinst_PROGRAMS += $(FUZZERS)
endif
list-fuzzers:
	@echo $(FUZZERS)
.PHONY: list-fuzzers

FUZZERS += %D%/fuzz_packet
%C%_fuzz_packet_SOURCES = %D%/fuzz_packet.c
%C%_fuzz_packet_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(FUZZ_LIB)

FUZZERS += %D%/fuzz_net_stream
%C%_fuzz_net_stream_SOURCES = %D%/fuzz_net_stream.c
%C%_fuzz_net_stream_LDADD = net/libnet.a $(LIBS_BASE) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_name %D%/fuzz_rdata %D%/fuzz_rdata_text
%C%_fuzz_name_SOURCES = %D%/fuzz_name.c
%C%_fuzz_name_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(FUZZ_LIB)
%C%_fuzz_rdata_SOURCES = %D%/fuzz_rdata.c
%C%_fuzz_rdata_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(FUZZ_LIB)
%C%_fuzz_rdata_text_SOURCES = %D%/fuzz_rdata_text.c
%C%_fuzz_rdata_text_LDADD = $(LIBS_DNS) $(LIBS_EXT) $(FUZZ_LIB)

FUZZERS += %D%/fuzz_answer
%C%_fuzz_answer_SOURCES = %D%/fuzz_answer.c
%C%_fuzz_answer_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_DIR='"$(abs_top_srcdir)/fuzz"'
%C%_fuzz_answer_LDADD = $(LIBS_ANSWER) $(LIBS_EXT) $(FUZZ_LIB)

FUZZERS += %D%/fuzz_conf
%C%_fuzz_conf_SOURCES = %D%/fuzz_conf.c
%C%_fuzz_conf_LDADD = $(LIBS_CONF) $(LIBS_EXT) $(FUZZ_LIB)

FUZZERS += %D%/fuzz_master %D%/fuzz_master_raw
%C%_fuzz_master_SOURCES = %D%/fuzz_master.c
%C%_fuzz_master_LDADD = $(LIBS_PARSER) $(LIBS_EXT) $(FUZZ_LIB)
%C%_fuzz_master_raw_SOURCES = %D%/fuzz_master_raw.c
%C%_fuzz_master_raw_LDADD = $(LIBS_PARSER) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_xfr_in
%C%_fuzz_xfr_in_SOURCES = %D%/fuzz_xfr_in.c
%C%_fuzz_xfr_in_LDADD = $(LIBS_XFR) $(LIBS_EXT) $(FUZZ_LIB)

FUZZERS += %D%/fuzz_update
%C%_fuzz_update_SOURCES = %D%/fuzz_update.c
%C%_fuzz_update_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_DIR='"$(abs_top_srcdir)/fuzz"'
%C%_fuzz_update_LDADD = $(LIBS_UPDATE) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_control
%C%_fuzz_control_SOURCES = %D%/fuzz_control.c
%C%_fuzz_control_LDADD = $(LIBS_CONTROL) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_nsupdate
%C%_fuzz_nsupdate_SOURCES = %D%/fuzz_nsupdate.c
%C%_fuzz_nsupdate_LDADD = tools/libscript.a $(LIBS_CLIENT) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_journal
%C%_fuzz_journal_SOURCES = %D%/fuzz_journal.c
%C%_fuzz_journal_LDADD = $(LIBS_JOURNAL) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_ixfr_request
%C%_fuzz_ixfr_request_SOURCES = %D%/fuzz_ixfr_request.c
%C%_fuzz_ixfr_request_LDADD = xfr/libxfr.a $(LIBS_ANSWER) $(LIBS_EXT) $(FUZZ_LIB)
FUZZERS += %D%/fuzz_delegation
%C%_fuzz_delegation_SOURCES = %D%/fuzz_delegation.c
%C%_fuzz_delegation_LDADD = $(LIBS_XFR) $(LIBS_EXT) $(FUZZ_LIB)

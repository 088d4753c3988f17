/*
 * message_parse_request() against what BIND 9.18.49 does with the same bytes.
 *
 * Every row was sent to a running named; the row says what came back: nothing (DROP),
 * an answer of the later stages (OK), an error with its rcode, with or without OPT and
 * question (REJECT), or NOERROR with nothing but OPT (COOKIE).  tests/system/malformed.py
 * sends rows like these to both servers.
 */
#include "dns/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "tests/unit/hex.h"

/* Pieces of messages in hexadecimal. */
#define HEAD(flags, qd, an, ns, ar) "1234" flags "00" qd "00" an "00" ns "00" ar
#define WWW "0377777707" "6578616d706c65" "03636f6d00"
#define EXAMPLE "07" "6578616d706c65" "03636f6d00"
#define A_IN "00010001"
#define SOA_IN "00060001"
#define QUERY(flags) HEAD(flags, "01", "00", "00", "00") WWW A_IN
#define QUERY_AR(flags, ar) HEAD(flags, "01", "00", "00", ar) WWW A_IN
#define QUERY_AN(flags, an) HEAD(flags, "01", an, "00", "00") WWW A_IN
#define UPDATE(pr, up) HEAD("2800", "01", pr, up, "00") EXAMPLE SOA_IN
#define OPT(ttl, len) "00" "0029" "04d0" ttl len
#define OPT0 OPT("00000000", "0000")
#define RR(type, class, len) WWW type class "0000003c" len
#define RR_A RR("0001", "0001", "0004") "c0000201"
#define TSIG_DATA "0b686d61632d73686132353600" "00006b00c7bf" "012c" "0002" "7878" "1234" "00000000"
#define TSIG(class) "046b323536" "00" "00fa" class "00000000" "001f" TSIG_DATA
#define TKEY_DATA "00" "00000000" "00000000" "0000" "0000" "0000" "0000"
#define SIG_DATA(covered) covered "0800" "00000000" "7fffffff" "00000000" "0001" "00" "7878"
#define SIG(owner, class, covered) owner "0018" class "00000000" "0015" SIG_DATA(covered)
#define X16 "78787878787878787878787878787878"
#define LABEL63 "3f" X16 X16 X16 "787878787878787878787878787878"

enum { WITH_OPT = 1, WITH_QUESTION = 2 };

struct row {
    const char *what;
    const char *hex;
    enum message_verdict verdict;
    uint16_t rcode;     /* of REJECT */
    unsigned with;      /* what the error carries */
};

#define FORM_Q MESSAGE_REJECT, RCODE_FORMERR, WITH_QUESTION
#define FORM_Q_OPT MESSAGE_REJECT, RCODE_FORMERR, WITH_QUESTION | WITH_OPT
#define FORM_BARE MESSAGE_REJECT, RCODE_FORMERR, 0
#define FORM_OPT MESSAGE_REJECT, RCODE_FORMERR, WITH_OPT
#define BADVERS_Q MESSAGE_REJECT, RCODE_BADVERS, WITH_OPT | WITH_QUESTION
#define SERVFAIL_Q MESSAGE_REJECT, RCODE_SERVFAIL, WITH_QUESTION
#define NOTIMP_Q MESSAGE_REJECT, RCODE_NOTIMP, WITH_QUESTION

static const struct row header_rows[] = {
    {"nothing", "", MESSAGE_DROP},
    {"11 bytes", "1234000000010000000000", MESSAGE_DROP},
    {"a response", HEAD("8000", "01", "00", "00", "00") WWW A_IN, MESSAGE_DROP},
    {"a response, opcode STATUS", HEAD("9000", "01", "00", "00", "00") WWW A_IN, MESSAGE_DROP},
    {"plain", QUERY("0000"), MESSAGE_OK},
    {"AA TC RD RA Z AD CD set", QUERY("07f0"), MESSAGE_OK},
    {"an rcode set", QUERY("0005"), MESSAGE_OK},
    {"one byte of garbage after it", QUERY("0000") "78", MESSAGE_OK},
    {"garbage after OPT", QUERY_AR("0000", "01") OPT0 "787878", MESSAGE_OK},
};

static const struct row question_rows[] = {
    {"question missing", HEAD("0000", "01", "00", "00", "00"), FORM_BARE},
    {"no question", HEAD("0000", "00", "00", "00", "00"), FORM_BARE},
    {"no question, OPT", HEAD("0000", "00", "00", "00", "01") OPT0, FORM_OPT},
    {"no question, cookie", HEAD("0000", "00", "00", "00", "01") OPT("00000000", "000c") "000a0008"
     "3132333435363738", MESSAGE_COOKIE},
    {"no question, NOTIFY with cookie", HEAD("2000", "00", "00", "00", "01") OPT("00000000", "000c")
     "000a0008" "3132333435363738", FORM_OPT},
    {"no question, EDNS 1", HEAD("0000", "00", "00", "00", "01") OPT("00010000", "0000"),
     MESSAGE_REJECT, RCODE_BADVERS, WITH_OPT},
    {"no question, TSIG", HEAD("0000", "00", "00", "00", "01") TSIG("00ff"), FORM_BARE},
    {"no question, but an answer that gives a class", HEAD("0000", "00", "01", "00", "00") RR_A,
     MESSAGE_OK},
    {"no question, answers of two classes", HEAD("0000", "00", "02", "00", "00") RR_A
     RR("0010", "0003", "0002") "0161", FORM_BARE},
    {"the same question twice", HEAD("0000", "02", "00", "00", "00") WWW A_IN WWW A_IN, FORM_BARE},
    {"two types of a name (FORMERR later)", HEAD("0000", "02", "00", "00", "00") WWW A_IN WWW
     "001c0001", MESSAGE_OK},
    {"two types, other case", HEAD("0000", "02", "00", "00", "00") WWW A_IN "0357575707"
     "6578616d706c65" "03636f6d00" "001c0001", MESSAGE_OK},
    {"two types, pointer", HEAD("0000", "02", "00", "00", "00") WWW A_IN "c00c" "001c0001",
     MESSAGE_OK},
    {"two names", HEAD("0000", "02", "00", "00", "00") WWW A_IN EXAMPLE A_IN, FORM_BARE},
    {"two classes", HEAD("0000", "02", "00", "00", "00") WWW A_IN WWW "00020003", FORM_BARE},
    {"second question missing", HEAD("0000", "02", "00", "00", "00") WWW A_IN, FORM_BARE},
    {"name cut", HEAD("0000", "01", "00", "00", "00") "0377777707", FORM_BARE},
    {"class cut", HEAD("0000", "01", "00", "00", "00") WWW "000100", FORM_BARE},
    {"label of 63", HEAD("0000", "01", "00", "00", "00") LABEL63 "00" A_IN, MESSAGE_OK},
    {"label of 64", HEAD("0000", "01", "00", "00", "00") "40" X16 X16 X16 X16 "00" A_IN, FORM_BARE},
    {"label type 0x80", HEAD("0000", "01", "00", "00", "00") "80" X16 X16 X16 X16 "00" A_IN,
     FORM_BARE},
    {"bit label", HEAD("0000", "01", "00", "00", "00") "41" X16 X16 X16 X16 "00" A_IN, FORM_BARE},
    {"name of 255", HEAD("0000", "01", "00", "00", "00") LABEL63 LABEL63 LABEL63 "3d" X16 X16 X16
     "78787878787878787878787878" "00" A_IN, MESSAGE_OK},
    {"name of 256", HEAD("0000", "01", "00", "00", "00") LABEL63 LABEL63 LABEL63 "3e" X16 X16 X16
     "7878787878787878787878787878" "00" A_IN, FORM_BARE},
    {"pointer to itself", HEAD("0000", "01", "00", "00", "00") "c00c" A_IN, FORM_BARE},
    {"pointer forwards", HEAD("0000", "01", "00", "00", "00") "c00e" A_IN, FORM_BARE},
    {"pointer back to a label before it", HEAD("0000", "01", "00", "00", "00") "03777777c00c" A_IN,
     FORM_BARE},
    {"pointer into the header", HEAD("0000", "01", "00", "00", "00") "c008" A_IN, MESSAGE_OK},
    {"label, then pointer into the header", HEAD("0000", "01", "00", "00", "00") "03777777c008"
     A_IN, MESSAGE_OK},
    {"the root", HEAD("0000", "01", "00", "00", "00") "00" A_IN, MESSAGE_OK},
};

static const struct row class_rows[] = {
    {"class CH", HEAD("0000", "01", "00", "00", "00") WWW "00010003", MESSAGE_OK},
    {"class HS", HEAD("0000", "01", "00", "00", "00") WWW "00010004", MESSAGE_OK},
    {"class ANY", HEAD("0000", "01", "00", "00", "00") WWW "000100ff", FORM_Q},
    {"class NONE", HEAD("0000", "01", "00", "00", "00") WWW "000100fe", FORM_Q},
    {"class 0", HEAD("0000", "01", "00", "00", "00") WWW "00010000", FORM_Q},
    {"class 5", HEAD("0000", "01", "00", "00", "00") WWW "00010005", NOTIMP_Q},
    {"class 5, OPT", HEAD("0000", "01", "00", "00", "01") WWW "00010005" OPT0, MESSAGE_REJECT,
     RCODE_NOTIMP, WITH_QUESTION | WITH_OPT},
    {"class 5, EDNS 1", HEAD("0000", "01", "00", "00", "01") WWW "00010005"
     OPT("00010000", "0000"), BADVERS_Q},
    {"class ANY, OPT", HEAD("0000", "01", "00", "00", "01") WWW "000100ff" OPT0, FORM_Q_OPT},
    {"class ANY, TSIG", HEAD("0000", "01", "00", "00", "01") WWW "000100ff" TSIG("00ff"), FORM_Q},
    {"class 5, opcode 7", HEAD("3800", "01", "00", "00", "00") WWW "00010005", MESSAGE_REJECT,
     RCODE_NOTIMP, 0},
    {"class ANY, opcode 7", HEAD("3800", "01", "00", "00", "00") WWW "000100ff", FORM_BARE},
    {"class 5, UPDATE", HEAD("2800", "01", "00", "00", "00") WWW "00060005", NOTIMP_Q},
    {"class ANY, UPDATE", HEAD("2800", "01", "00", "00", "00") WWW "000600ff", FORM_BARE},
    {"class NONE, NOTIFY, OPT", HEAD("2000", "01", "00", "00", "01") WWW "000600fe" OPT0,
     FORM_BARE},
    {"class 0, UPDATE", HEAD("2800", "01", "00", "00", "00") WWW "00060000", FORM_Q},
    {"TKEY, class ANY", HEAD("0000", "01", "00", "00", "00") WWW "00f900ff", FORM_Q},
};

static const struct row opcode_rows[] = {
    {"opcode 1 (NOTIMP later)", QUERY("0f30"), MESSAGE_OK},
    {"opcode 7, no question", HEAD("3800", "00", "00", "00", "00"), MESSAGE_REJECT, RCODE_NOTIMP},
    {"opcode 7, no question, cookie", HEAD("3800", "00", "00", "00", "01") OPT("00000000", "000c")
     "000a0008" "3132333435363738", MESSAGE_REJECT, RCODE_NOTIMP, WITH_OPT},
    {"opcode 7, record missing", QUERY_AR("3800", "01"), FORM_BARE},
    {"opcode 7, EDNS 1", QUERY_AR("3800", "01") OPT("00010000", "0000"), MESSAGE_REJECT,
     RCODE_BADVERS, WITH_OPT},
    {"NOTIFY, no question", HEAD("2000", "00", "00", "00", "00"), FORM_BARE},
    {"NOTIFY, record missing", QUERY_AR("2000", "01"), FORM_Q},
    {"UPDATE, no zone", HEAD("2800", "00", "00", "00", "00"), FORM_BARE},
    {"UPDATE, record missing", QUERY_AR("2800", "01"), FORM_Q},
    {"UPDATE, nothing to do", UPDATE("00", "00"), MESSAGE_OK},
    {"UPDATE, delete RRset", UPDATE("00", "01") RR("0001", "00ff", "0000"), MESSAGE_OK},
    {"UPDATE, delete RRset with RDATA", UPDATE("00", "01") RR("0001", "00ff", "0004") "01020304",
     FORM_Q},
    {"UPDATE, prerequisite NONE", UPDATE("01", "00") RR("0001", "00fe", "0000"), MESSAGE_OK},
    {"UPDATE, prerequisite NONE with RDATA", UPDATE("01", "00") RR("0001", "00fe", "0004")
     "01020304", FORM_Q},
    {"UPDATE, delete an RR", UPDATE("00", "01") RR("0001", "00fe", "0004") "01020304", MESSAGE_OK},
    {"UPDATE, delete an RR, bad RDATA", UPDATE("00", "01") RR("0001", "00fe", "0003") "010203",
     FORM_Q},
    {"UPDATE, add without RDATA", UPDATE("00", "01") RR("0001", "0001", "0000"), FORM_Q},
    {"UPDATE, type 0", UPDATE("00", "01") RR("0000", "0001", "0000"), FORM_Q},
    {"UPDATE, type AXFR (judged later)", UPDATE("00", "01") RR("00fc", "0001", "0000"), MESSAGE_OK},
    {"UPDATE, OPT among the updates", UPDATE("00", "01") OPT0, FORM_Q},
};

static const struct row record_rows[] = {
    {"additional record missing", QUERY_AR("0000", "01"), FORM_Q},
    {"second additional record missing", QUERY_AR("0000", "02") OPT0, FORM_Q},
    {"a record as answer", QUERY_AN("0000", "01") RR_A, MESSAGE_OK},
    {"a record as authority", HEAD("0000", "01", "00", "01", "00") WWW A_IN RR_A, MESSAGE_OK},
    {"a record as additional", QUERY_AR("0000", "01") RR_A, MESSAGE_OK},
    {"owner by pointer", QUERY_AN("0000", "01") "c00c" "00010001" "0000003c" "0004" "01020304",
     MESSAGE_OK},
    {"owner's pointer loops", QUERY_AN("0000", "01") "c021" "00010001" "0000003c" "0004" "01020304",
     FORM_Q},
    {"RDATA too short for A", QUERY_AN("0000", "01") RR("0001", "0001", "0003") "c00002", FORM_Q},
    {"RDATA past the end", QUERY_AN("0000", "01") RR("0001", "0001", "0009") "c0000201", FORM_Q},
    {"another class", QUERY_AN("0000", "01") RR("0010", "0003", "0002") "0161", FORM_Q},
    {"class ANY in an answer", QUERY_AN("0000", "01") RR("0001", "00ff", "0000"), FORM_Q},
    {"class NONE in an answer", QUERY_AN("0000", "01") RR("0001", "00fe", "0004") "01020304",
     FORM_Q},
    {"type ANY in an answer", QUERY_AN("0000", "01") RR("00ff", "0001", "0000"), FORM_Q},
    {"type AXFR in an answer", QUERY_AN("0000", "01") RR("00fc", "0001", "0002") "6162", FORM_Q},
    {"type 0 in an answer", QUERY_AN("0000", "01") RR("0000", "0001", "0000"), FORM_Q},
    {"an unknown type", QUERY_AN("0000", "01") RR("ff00", "0001", "0003") "616263", MESSAGE_OK},
    {"RRSIG that covers type 0", QUERY_AN("0000", "01") RR("002e", "0001", "0015")
     SIG_DATA("0000"), FORM_Q},
    {"NSEC3 at a name that is no hash", QUERY_AN("0000", "01") RR("0032", "0001", "001d")
     "01000000" "00" "14" X16 "78787878" "000140", SERVFAIL_Q},
    {"TKEY in authority", HEAD("0000", "01", "00", "01", "00") WWW A_IN RR("00f9", "00ff", "0011")
     TKEY_DATA, FORM_Q},
    {"TKEY as answer", QUERY_AN("0000", "01") RR("00f9", "00ff", "0011") TKEY_DATA, MESSAGE_OK},
    {"TKEY cut", QUERY_AN("0000", "01") RR("00f9", "00ff", "0002") "6162", FORM_Q},
    {"SIG without RDATA", QUERY_AN("0000", "01") RR("0018", "0001", "0000"), FORM_Q},
    {"RRSIG without RDATA", QUERY_AN("0000", "01") RR("002e", "0001", "0000"), FORM_Q},
    {"SOA for IXFR", HEAD("0000", "01", "00", "01", "00") EXAMPLE "00fb0001" RR("0006", "0001",
     "0016") "0000" "00000001" X16, MESSAGE_OK},
};

static const struct row edns_rows[] = {
    {"OPT", QUERY_AR("0000", "01") OPT0, MESSAGE_OK},
    {"OPT, owner by pointer to a root", QUERY_AR("0000", "01") "c01c" "0029" "04d0" "00000000"
     "0000", MESSAGE_OK},
    {"OPT, then A", QUERY_AR("0000", "02") OPT0 RR_A, MESSAGE_OK},
    {"A, then OPT", QUERY_AR("0000", "02") RR_A OPT0, MESSAGE_OK},
    {"two OPT", QUERY_AR("0000", "02") OPT0 OPT0, FORM_Q},
    {"OPT not at the root", QUERY_AR("0000", "01") EXAMPLE "0029" "04d0" "00000000" "0000", FORM_Q},
    {"OPT as answer", QUERY_AN("0000", "01") OPT0, FORM_Q},
    {"OPT as authority", HEAD("0000", "01", "00", "01", "00") WWW A_IN OPT0, FORM_Q},
    {"version 1", QUERY_AR("0000", "01") OPT("00010000", "0000"), BADVERS_Q},
    {"version 255, DO", QUERY_AR("0000", "01") OPT("00ff8000", "0000"), BADVERS_Q},
    {"version 1 and a bad cookie", QUERY_AR("0000", "01") OPT("00010000", "000b") "000a0007"
     "31323334353637", FORM_Q_OPT},
    {"version 1 and a bad signature", QUERY_AR("0000", "02") OPT("00010000", "0000") TSIG("00ff"),
     BADVERS_Q},
    {"version 1, two questions", HEAD("0000", "02", "00", "00", "01") WWW A_IN WWW "001c0001"
     OPT("00010000", "0000"), BADVERS_Q},
    {"an extended rcode, Z bits", QUERY_AR("0000", "01") OPT("05007fff", "0000"), MESSAGE_OK},
    {"RDLENGTH past the end", QUERY_AR("0000", "01") OPT("00000000", "0005"), FORM_Q},
    {"an option's head cut", QUERY_AR("0000", "01") OPT("00000000", "0003") "000300", FORM_Q},
    {"an option past the end", QUERY_AR("0000", "01") OPT("00000000", "0004") "00030004", FORM_Q},
    {"a bad option, then a bad record", QUERY_AR("0000", "02") OPT("00000000", "0005") "0009000161"
     RR("0001", "0001", "0003") "616263", FORM_Q_OPT},
    {"a good option, then a bad record", QUERY_AR("0000", "02") OPT("00000000", "0004") "00090000"
     RR("0001", "0001", "0003") "616263", FORM_Q},
    {"bad option, opcode 7", QUERY_AR("3800", "01") OPT("00000000", "0005") "0009000161", FORM_OPT},
    {"ECS with a scope", QUERY_AR("0000", "01") OPT("00000000", "000b") "00080007" "00011801"
     "c00002", FORM_Q},
};

static const struct row signature_rows[] = {
    {"TSIG", QUERY_AR("0000", "01") TSIG("00ff"), MESSAGE_OK},
    {"TSIG of class IN", QUERY_AR("0000", "01") TSIG("0001"), FORM_Q},
    {"TSIG before OPT", QUERY_AR("0000", "02") TSIG("00ff") OPT0, FORM_Q},
    {"two TSIG", QUERY_AR("0000", "02") TSIG("00ff") TSIG("00ff"), FORM_Q},
    {"TSIG as answer", QUERY_AN("0000", "01") TSIG("00ff"), FORM_Q},
    {"TSIG cut", QUERY_AR("0000", "01") "046b323536" "00" "00fa00ff" "00000000" "000f"
     "0b686d61632d73686132353600" "0000", FORM_Q},
    {"TSIG with a byte too much", QUERY_AR("0000", "01") "046b323536" "00" "00fa00ff" "00000000"
     "0020" TSIG_DATA "7a", FORM_Q},
    {"SIG(0)", QUERY_AR("0000", "01") SIG("00", "00ff", "0000"), MESSAGE_OK},
    {"SIG(0) of class IN", QUERY_AR("0000", "01") SIG("00", "0001", "0000"), MESSAGE_OK},
    {"SIG(0) before OPT", QUERY_AR("0000", "02") SIG("00", "00ff", "0000") OPT0, SERVFAIL_Q},
    {"SIG(0) not at the root", QUERY_AR("0000", "01") SIG(EXAMPLE, "00ff", "0000"), SERVFAIL_Q},
    {"SIG(0) as answer", QUERY_AN("0000", "01") SIG("00", "00ff", "0000"), SERVFAIL_Q},
    {"SIG of class ANY that covers A", QUERY_AR("0000", "01") SIG("00", "00ff", "0001"), FORM_Q},
    {"SIG(0) before TSIG", QUERY_AR("0000", "02") SIG("00", "00ff", "0000") TSIG("00ff"),
     SERVFAIL_Q},
};

static void check_row(const struct row *row)
{
    uint8_t msg[1024];
    size_t len = from_hex(msg, sizeof msg, row->hex);
    struct message_request q;
    enum message_verdict v = message_parse_request(&q, msg, len);
    bool right = v == row->verdict;

    if (right && v == MESSAGE_REJECT)
        right = q.reject_rcode == row->rcode && q.reject_opt == ((row->with & WITH_OPT) != 0) &&
                (message_echoes_question(&q) && q.count[SECTION_QUESTION] > 0) ==
                    ((row->with & WITH_QUESTION) != 0);
    if (!right)
        printf("# %s: verdict %d rcode %u opt %d question %d (%s)\n", row->what, v,
               q.reject_rcode, q.reject_opt, message_echoes_question(&q), result_text(q.error));
    CU_ASSERT(right);
}

#define CHECK_ROWS(rows) \
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows)[0]; i++) \
        check_row(&(rows)[i])

static void test_headers(void)
{
    CHECK_ROWS(header_rows);
}

static void test_questions(void)
{
    CHECK_ROWS(question_rows);
}

static void test_classes(void)
{
    CHECK_ROWS(class_rows);
}

static void test_opcodes(void)
{
    CHECK_ROWS(opcode_rows);
}

static void test_records(void)
{
    CHECK_ROWS(record_rows);
}

static void test_edns(void)
{
    CHECK_ROWS(edns_rows);
}

static void test_signatures(void)
{
    CHECK_ROWS(signature_rows);
}

static void test_fields(void)
{
    uint8_t msg[256];
    size_t len = from_hex(msg, sizeof msg, HEAD("0130", "01", "00", "00", "02") WWW "001c0001"
                          OPT("00008000", "0000") TSIG("00ff"));
    struct message_request q;

    CU_ASSERT_EQUAL(message_parse_request(&q, msg, len), MESSAGE_OK);
    CU_ASSERT_EQUAL(q.id, 0x1234);
    CU_ASSERT_EQUAL(q.opcode, OPCODE_QUERY);
    CU_ASSERT_EQUAL(message_reply_flags(&q), FLAG_QR | FLAG_RD | FLAG_CD);
    CU_ASSERT_PTR_EQUAL(q.qname, msg + 12);
    CU_ASSERT_EQUAL(q.qname_len, 17);
    CU_ASSERT_EQUAL(q.nlabels, 3);
    CU_ASSERT_EQUAL(q.label_at[1], 4);
    CU_ASSERT_EQUAL(q.label_at[3], 16);
    CU_ASSERT_EQUAL(q.qtype, TYPE_AAAA);
    CU_ASSERT_EQUAL(q.rrclass, CLASS_IN);
    CU_ASSERT_EQUAL(q.section_at[SECTION_ADDITIONAL], 33);
    CU_ASSERT_EQUAL(q.tsig_at, 44);
    CU_ASSERT_EQUAL(q.end_at, len);
    CU_ASSERT_TRUE(q.edns.present && q.edns.dnssec_ok && q.edns.version == 0);
    CU_ASSERT_EQUAL(q.edns.udp_size, 1232);
}

/* No read past the end: every prefix of a request, at the end of its own memory. */
static void test_prefixes(void)
{
    uint8_t msg[512];
    size_t len = from_hex(msg, sizeof msg, HEAD("0000", "01", "01", "00", "03") WWW A_IN RR_A
                          OPT("00000000", "000c") "000a0008" "3132333435363738"
                          RR_A TSIG("00ff"));
    struct message_request q;

    for (size_t n = 0; n < len; n++) {
        uint8_t *copy = memcpy(malloc(n + 1), msg, n);
        enum message_verdict v = message_parse_request(&q, copy, n);

        CU_ASSERT(n < 12 ? v == MESSAGE_DROP : v == MESSAGE_REJECT);
        free(copy);
    }
    CU_ASSERT_EQUAL(message_parse_request(&q, msg, len), MESSAGE_OK);
}

static void test_question_is_echoed(void)
{
    uint8_t msg[128], out[128], want[128];
    size_t len = from_hex(msg, sizeof msg,
                          HEAD("0000", "02", "00", "00", "00") WWW A_IN "c00c" "001c0001");
    size_t want_len = from_hex(want, sizeof want, WWW A_IN WWW "001c0001");
    struct writer w = writer_of(out, sizeof out);
    struct message_request q;

    CU_ASSERT_EQUAL(message_parse_request(&q, msg, len), MESSAGE_OK);
    CU_ASSERT_EQUAL(message_write_question(&w, &q), 2);
    CU_ASSERT_EQUAL(writer_len(&w), want_len);
    CU_ASSERT_EQUAL(memcmp(out, want, want_len), 0);
}

static const struct unit_test tests[] = {
    {"headers", test_headers},
    {"questions", test_questions},
    {"classes", test_classes},
    {"opcodes", test_opcodes},
    {"records", test_records},
    {"EDNS in its place", test_edns},
    {"signatures in their place", test_signatures},
    {"fields of a request", test_fields},
    {"every prefix", test_prefixes},
    {"the question is echoed", test_question_is_echoed},
};

UNIT_MAIN(tests)

/*
 * TSIG against BIND 9.18.49: requests as they were sent, and its answers byte by byte.
 * The streams of several messages are signed and verified by both sides of our own.
 */
#include "dns/tsig.h"

#include <stdlib.h>
#include <string.h>

#include "dns/rrtype.h"
#include "tests/unit/hex.h"

struct exchange {
    const char *what;
    uint64_t now_s;     /* the server's clock */
    uint16_t error;     /* expected of verifying */
    const char *request, *answer;
};

static const struct exchange exchanges[] = {
    {"hmac-md5", 1795214539, 0,
     "002601000001000000000001016104746573740000010001046b6d64350000fa00ff00000000003a08"
      "686d61632d6d6435077369672d616c670372656703696e740000006b00cccb012c0010f6c47842f072"
      "51ea5a2cd50925f046ca002600000000",
     "002681050001000000000001016104746573740000010001046b6d64350000fa00ff00000000003a08"
      "686d61632d6d6435077369672d616c670372656703696e740000006b00cccb012c0010949d226794ed"
      "7f924a64c475d752f736002600000000"},
    {"hmac-sha1", 1795214539, 0,
     "002701000001000000000001016104746573740000010001056b736861310000fa00ff00000000002f"
      "09686d61632d736861310000006b00cccb012c0014417b4923494e83f5e393ac4b06335319b324a53f"
      "002700000000",
     "002781050001000000000001016104746573740000010001056b736861310000fa00ff00000000002f"
      "09686d61632d736861310000006b00cccb012c00143a85300533ae9d07abe6ed57a2b48fe094846098"
      "002700000000"},
    {"hmac-sha224", 1795214539, 0,
     "002801000001000000000001016104746573740000010001046b3232340000fa00ff0000000000390b"
      "686d61632d7368613232340000006b00cccb012c001c675daece6f7fec9c57024ce2ce2e16e701ad31"
      "bfdaa78cfab15e1b1e002800000000",
     "002881050001000000000001016104746573740000010001046b3232340000fa00ff0000000000390b"
      "686d61632d7368613232340000006b00cccb012c001ce0c3fa387ef110080714ae0992095d8b2836b5"
      "b01de54658133e7524002800000000"},
    {"hmac-sha256", 1795214539, 0,
     "002901000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c002026f79742f99cae85ea4753391c3f0c04e1ee43"
      "1643fb00ad5d91022e17b61b8f002900000000",
     "002981050001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020e995fe7bae0e3fe8cc272782c2ac4a43c5f977"
      "e7e7dfa4582bd42e0f793f8d35002900000000"},
    {"hmac-sha384", 1795214539, 0,
     "002a01000001000000000001016104746573740000010001046b3338340000fa00ff00000000004d0b"
      "686d61632d7368613338340000006b00cccb012c00307c87e0041e2fe6e78fa028eaae1c28904ac1b5"
      "f42b638c70c3fa4f7e436f00c8a5aa43fa9e2caf0b6445946b0c415ad5002a00000000",
     "002a81050001000000000001016104746573740000010001046b3338340000fa00ff00000000004d0b"
      "686d61632d7368613338340000006b00cccb012c00307fc666606b8c91cf99ac2b2937a8890f512705"
      "1acad8a1469621c7fd1e3caf5b814bdc71a7ff25f99d4e174c86ede5e9002a00000000"},
    {"hmac-sha512", 1795214539, 0,
     "002b01000001000000000001016104746573740000010001046b3531320000fa00ff00000000005d0b"
      "686d61632d7368613531320000006b00cccb012c00406929dfe795bbd37521d7a4097127e718b8bdb7"
      "9d2ed236bb8ecd431a74513fb56922571e17b8747ca2bb60f4671a5a8292a45b878a3fd242fc1e33b3"
      "292277ac002b00000000",
     "002b81050001000000000001016104746573740000010001046b3531320000fa00ff00000000005d0b"
      "686d61632d7368613531320000006b00cccb012c0040e3d94ab578c0641e72c4626bdaa5ea4ca501ba"
      "f22f9d92f390d9fee0cc3a39da913f0244baba341dcb641d253cf4dd61a26f1f042babcba5acf8f63a"
      "ea2d5b19002b00000000"},
    {"names in capitals", 1795214539, 0,
     "002c01000001000000000001016104746573740000010001044b3235360000fa00ff00000000003d0b"
      "484d41432d5348413235360000006b00cccb012c0020222794c15699678de03fc0ce38eaf4c2fbb595"
      "3e14f06487509ddbb5a6c2d3f1002c00000000",
     "002c81050001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020ffae77e505313bd2767729cf230050df3277e0"
      "d12488f8bdbc16c4dc8de75e61002c00000000"},
    {"cut to 128 bits, as configured", 1795214539, 0,
     "002d01000001000000000001016104746573740000010001056b323536740000fa00ff00000000002d"
      "0b686d61632d7368613235360000006b00cccb012c0010f69055b7e784d93c0dd6ca5270118dcb002d"
      "00000000",
     "002d81050001000000000001016104746573740000010001056b323536740000fa00ff00000000002d"
      "0b686d61632d7368613235360000006b00cccb012c0010adbf140d26581ec9e53ce2d5b0ee3b41002d"
      "00000000"},
    {"cut to 256 bits, as configured", 1795214539, 0,
     "002e01000001000000000001016104746573740000010001056b353132740000fa00ff00000000003d"
      "0b686d61632d7368613531320000006b00cccb012c0020bab2ca9a79f18e27406974f73a89ad717edd"
      "130ba3df499086bd16bf93c4b957002e00000000",
     "002e81050001000000000001016104746573740000010001056b353132740000fa00ff00000000003d"
      "0b686d61632d7368613531320000006b00cccb012c0020c990c79a901490681c098db1d266b303460d"
      "97d4b725095b5a2cd032f901d74a002e00000000"},
    {"longer than configured", 1795214539, 0,
     "002f01000001000000000001016104746573740000010001056b353132740000fa00ff00000000003e"
      "0b686d61632d7368613531320000006b00cccb012c00215d5b49a54a7b94fec9025003e29f9512fbb6"
      "dff507988a850beadde0ef2ec102ba002f00000000",
     "002f81050001000000000001016104746573740000010001056b353132740000fa00ff00000000003e"
      "0b686d61632d7368613531320000006b00cccb012c0021b0815661ef768290c61200e480c0014a1b76"
      "88b10c2a6680e5a0e35055c43b53f8002f00000000"},
    {"cut, key wants all", 1795214539, RCODE_BADTRUNC,
     "003001000001000000000001016104746573740000010001046b3235360000fa00ff00000000002d0b"
      "686d61632d7368613235360000006b00cccb012c0010843ad395dd69406e22cd2ce62a9f0e79003000"
      "000000",
     "003081090001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020dc6aaae56d2bdaed13b044d9f0eb57a7ace40f"
      "9fe7f4834240b890052ff410d9003000160000"},
    {"cut below half", 1795214539, RCODE_BADSIG,
     "003101000001000000000001016104746573740000010001046b3235360000fa00ff00000000002c0b"
      "686d61632d7368613235360000006b00cccb012c000fe067805f7ebb8997e7264e34eb9a4f00310000"
      "0000",
     "003181010001000000000001016104746573740000010001046b3235360000fa00ff00000000001d0b"
      "686d61632d7368613235360000006b00cccb012c0000003100100000"},
    {"another secret", 1795214539, RCODE_BADSIG,
     "003201000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020d79a9ba29b5d4d21135e15b4728e74391f0622"
      "8c89ec80e571fc54478d9fe4e0003200000000",
     "003281090001000000000001016104746573740000010001046b3235360000fa00ff00000000001d0b"
      "686d61632d7368613235360000006b00cccb012c0000003200100000"},
    {"another secret, old", 1795214539, RCODE_BADSIG,
     "003301000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cb3b012c0020971a22bb19ed2360312f1cc011b5347c735dfe"
      "355e5ee69bead859871ffd1d6c003300000000",
     "003381090001000000000001016104746573740000010001046b3235360000fa00ff00000000001d0b"
      "686d61632d7368613235360000006b00cccb012c0000003300100000"},
    {"no MAC", 1795214539, RCODE_BADSIG,
     "003401000001000000000001016104746573740000010001046b3235360000fa00ff00000000001d0b"
      "686d61632d7368613235360000006b00cccb012c0000003400000000",
     "003481090001000000000001016104746573740000010001046b3235360000fa00ff00000000001d0b"
      "686d61632d7368613235360000006b00cccb012c0000003400100000"},
    {"unknown key", 1795214539, RCODE_BADKEY,
     "003501000001000000000001016104746573740000010001054e6f4b65790000fa00ff00000000003d"
      "0b686d61632d7368613235360000006b00cccb012c0020db315126597331a22f8de48bbd9ba9e00984"
      "01beec2c1341e8d9355262fdfdcf003500000000",
     "003581090001000000000001016104746573740000010001056e6f6b65790000fa00ff00000000001d"
      "0b686d61632d7368613235360000006b00cccb012c0000003500110000"},
    {"key of another algorithm", 1795214539, RCODE_BADKEY,
     "003601000001000000000001016104746573740000010001046b3235360000fa00ff00000000003b09"
      "684d61632d536861310000006b00cccb012c002073781fbdfd1603a546c09c27d7dfae1dc357e337aa"
      "af5e8c34eb56c978b6bfb5003600000000",
     "003681090001000000000001016104746573740000010001046b3235360000fa00ff00000000001b09"
      "686d61632d736861310000006b00cccb012c0000003600110000"},
    {"unknown algorithm", 1795214539, RCODE_BADKEY,
     "003701000001000000000001016104746573740000010001046b3235360000fa00ff00000000003a08"
      "486d41632d664f6f0000006b00cccb012c00203fa611b1c90005927bf79ee2721232dbe12068c8b386"
      "e89df6dc6c0ca4e1ea6e003700000000",
     "003781090001000000000001016104746573740000010001046b3235360000fa00ff00000000001a08"
      "686d61632d666f6f0000006b00cccb012c0000003700110000"},
    {"too old", 1795214539, RCODE_BADTIME,
     "003801000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cb3b012c0020e0d934fc81e19f0fb20947eb004291d2b63533"
      "e0bc77c78fdf03965748a7265d003800000000",
     "003881090001000000000001016104746573740000010001046b3235360000fa00ff0000000000430b"
      "686d61632d7368613235360000006b00cb3b012c0020cde1e46b5032948f94660f01b185a687b1c376"
      "74676c10370eb21be678839d1800380012000600006b00cccb"},
    {"from the future", 1795214539, RCODE_BADTIME,
     "003901000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00ce5b012c00208d6b083512bbca45694371211daef3cdc97843"
      "a838fb1d438fc03ca122ad1a0e003900000000",
     "003981090001000000000001016104746573740000010001046b3235360000fa00ff0000000000430b"
      "686d61632d7368613235360000006b00ce5b012c00200a71ef2479e2a7037e135cb4dbf8fd307798ba"
      "0e0c59d36fc3e5cb3685db364800390012000600006b00cccb"},
    {"too old and cut", 1795214539, RCODE_BADTIME,
     "003a01000001000000000001016104746573740000010001046b3235360000fa00ff00000000002d0b"
      "686d61632d7368613235360000006b00cb3b012c001068c553e70965205dea09dd08fec0e8f6003a00"
      "000000",
     "003a81090001000000000001016104746573740000010001046b3235360000fa00ff0000000000430b"
      "686d61632d7368613235360000006b00cb3b012c00200071a14bea3e4d5ace1aa07f16f8c543ea7e39"
      "128f1561ddcba6b3323a1aa9a0003a0012000600006b00cccb"},
    {"at the edge of the fudge", 1795214539, 0,
     "003b01000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cba0012c0020e33f768f1190e77b6c09e644bc72d1fc6b5083"
      "d09bff058a2783bd3987c69066003b00000000",
     "003b81050001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020399f0563ee47e72ba6475000f142c6305b6cab"
      "8318dd820772e4dcd4037fc23d003b00000000"},
    {"a wide fudge of its own", 1795214539, 0,
     "003c01000001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cb3b271000201574d727a0977f33e987b1e3fe7535b846efa8"
      "3a9aefc3ae5e655df24a7c0959003c00000000",
     "003c81050001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020c8188db8147d5a962b1dc4d509ec141f28bd39"
      "a9653e4f19ff5230866c822e36003c00000000"},
    {"other data", 1795214539, 0,
     "003d01000001000000000001016104746573740000010001046b3235360000fa00ff0000000000430b"
      "686d61632d7368613235360000006b00cccb012c0020f56645d2d4224017af53055a6e5b294724bcdc"
      "4366fa454ff7de17de11ce05ac003d00000006616263646566",
     "003d81050001000000000001016104746573740000010001046b3235360000fa00ff00000000003d0b"
      "686d61632d7368613235360000006b00cccb012c0020a343df1a210d5ab9a4ae212bb640430b517139"
      "24f009e66de3e116132d766d98003d00000000"},
};

#define SECRET "secret-secret-secret"
#define KEY(wire, text, algorithm, bits) \
    {(const uint8_t *)(wire), text, algorithm, bits, (const uint8_t *)SECRET, sizeof SECRET - 1}

static const struct tsig_key keys[] = {
    {(const uint8_t *)"\4k256", "k256", TSIG_HMAC_SHA256, 0,
     (const uint8_t *)SECRET "-secret-1234", sizeof SECRET + 11},
    KEY("\4kmd5", "kmd5", TSIG_HMAC_MD5, 0),
    KEY("\5ksha1", "ksha1", TSIG_HMAC_SHA1, 0),
    KEY("\4k224", "k224", TSIG_HMAC_SHA224, 0),
    KEY("\4k384", "k384", TSIG_HMAC_SHA384, 0),
    KEY("\4k512", "k512", TSIG_HMAC_SHA512, 0),
    KEY("\5k512t", "k512t", TSIG_HMAC_SHA512, 256),
    KEY("\5k256t", "k256t", TSIG_HMAC_SHA256, 128),
};

enum { NKEYS = sizeof keys / sizeof keys[0], NOW_S = 1700000000, ROOM = 512 };

/* The recorded answer without its TSIG, signed again, is the recorded answer. */
static bool signs_as_recorded(struct tsig_session *s, const struct exchange *x)
{
    uint8_t answer[ROOM], ours[ROOM];
    size_t len = from_hex(answer, sizeof answer, x->answer), tsig_len = tsig_response_len(s);
    struct writer w = writer_of(ours, sizeof ours);

    writer_bytes(&w, answer, len - tsig_len);
    put_u16(ours + 10, (uint16_t)(get_u16(ours + 10) - 1));
    return tsig_sign_response(s, &w, x->now_s) == RES_OK && writer_len(&w) == len &&
           memcmp(ours, answer, len) == 0;
}

static bool check_exchange(const struct exchange *x)
{
    uint8_t msg[ROOM];
    size_t len = from_hex(msg, sizeof msg, x->request);
    struct message_request q;
    struct tsig_session s;
    enum result r;

    if (message_parse_request(&q, msg, len) != MESSAGE_OK || q.tsig_at == 0)
        return false;
    r = tsig_verify_request(&s, &q, keys, NKEYS, x->now_s);
    return s.error == x->error && r == (x->error != 0 ? RES_TSIGVERIFYFAILURE : RES_OK) &&
           signs_as_recorded(&s, x);
}

static void test_exchanges(void)
{
    for (size_t i = 0; i < sizeof exchanges / sizeof exchanges[0]; i++) {
        bool right = check_exchange(&exchanges[i]);

        if (!right)
            printf("# %s\n", exchanges[i].what);
        CU_ASSERT(right);
    }
}

/* No bit of a signed request can change but those of its id, which the record repeats. */
static void test_every_bit_counts(void)
{
    uint8_t msg[ROOM];
    size_t len = from_hex(msg, sizeof msg, exchanges[3].request);
    struct message_request q;
    struct tsig_session s;

    for (size_t bit = 16; bit < len * 8; bit++) {
        msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (message_parse_request(&q, msg, len) == MESSAGE_OK && q.tsig_at != 0 &&
            tsig_verify_request(&s, &q, keys, NKEYS, exchanges[3].now_s) == RES_OK) {
            /* Names are signed in small letters. */
            CU_ASSERT(bit % 8 == 5 && bit / 8 >= q.tsig_at);
        }
        msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_algorithm_texts(void)
{
    static const struct {
        const char *text;
        enum result result;
        enum tsig_algorithm algorithm;
        uint16_t bits;
    } rows[] = {
        {"hmac-md5", RES_OK, TSIG_HMAC_MD5, 0},
        {"HMAC-MD5.SIG-ALG.REG.INT", RES_OK, TSIG_HMAC_MD5, 0},
        {"hmac-md5-80", RES_OK, TSIG_HMAC_MD5, 80},
        {"hmac-sha1", RES_OK, TSIG_HMAC_SHA1, 0},
        {"hmac-sha1-80", RES_OK, TSIG_HMAC_SHA1, 80},
        {"hmac-sha1-72", RES_RANGE},
        {"Hmac-Sha224", RES_OK, TSIG_HMAC_SHA224, 0},
        {"hmac-sha256-128", RES_OK, TSIG_HMAC_SHA256, 128},
        {"hmac-sha256-256", RES_OK, TSIG_HMAC_SHA256, 0},
        {"hmac-sha256-120", RES_RANGE},
        {"hmac-sha256-264", RES_RANGE},
        {"hmac-sha256-130", RES_RANGE},
        {"hmac-sha256-", RES_NOTFOUND},
        {"hmac-sha256x", RES_NOTFOUND},
        {"hmac-sha384", RES_OK, TSIG_HMAC_SHA384, 0},
        {"hmac-sha512-256", RES_OK, TSIG_HMAC_SHA512, 256},
        {"hmac-sha3", RES_NOTFOUND},
        {"", RES_NOTFOUND},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum tsig_algorithm a = TSIG_NONE;
        uint16_t bits = 0;
        enum result r = tsig_algorithm_from_text(&a, &bits, rows[i].text);

        CU_ASSERT_EQUAL(r, rows[i].result);
        if (r == RES_OK)
            CU_ASSERT(a == rows[i].algorithm && bits == rows[i].bits);
    }
}

static void put_header(struct writer *w, uint16_t flags)
{
    writer_u16(w, 0x4711);
    writer_u16(w, flags);
    writer_u32(w, 1 << 16);
    writer_u32(w, 0);
    writer_bytes(w, "\7example\3com\0\0\374\0\1", 17);
}

/* A client and a server of one exchange, the request sent and verified. */
struct pair {
    struct tsig_session client, server;
};

static void begin_pair(struct pair *p, const struct tsig_key *key)
{
    uint8_t buf[ROOM];
    struct writer w = writer_of(buf, sizeof buf);
    struct message_request q;

    put_header(&w, 0);
    CU_ASSERT_EQUAL(tsig_sign_request(&p->client, key, &w, NOW_S), RES_OK);
    CU_ASSERT_EQUAL(message_parse_request(&q, buf, writer_len(&w)), MESSAGE_OK);
    CU_ASSERT_EQUAL(tsig_verify_request(&p->server, &q, keys, NKEYS, NOW_S), RES_OK);
}

/* The server's next message to the client; without a signature when `plain`. */
static enum result pass_message(struct pair *p, bool plain, unsigned flip)
{
    uint8_t buf[ROOM];
    struct writer w = writer_of(buf, sizeof buf);

    put_header(&w, FLAG_QR);
    if (!plain)
        CU_ASSERT_EQUAL(tsig_sign_response(&p->server, &w, NOW_S), RES_OK);
    buf[3] ^= (uint8_t)flip;
    return tsig_verify_response(&p->client, buf, writer_len(&w), NOW_S);
}

static void test_stream(void)
{
    for (unsigned k = 0; k < NKEYS; k++) {
        struct pair p;

        begin_pair(&p, &keys[k]);
        for (int i = 0; i < 5; i++)
            CU_ASSERT_EQUAL(pass_message(&p, false, 0), RES_OK);
        CU_ASSERT_EQUAL(pass_message(&p, false, 1), RES_TSIGVERIFYFAILURE);
    }
}

static void test_unsigned_messages(void)
{
    struct pair p;

    begin_pair(&p, &keys[0]);
    CU_ASSERT_EQUAL(pass_message(&p, true, 0), RES_EXPECTEDTSIG);   /* not the first */
    CU_ASSERT_EQUAL(pass_message(&p, false, 0), RES_OK);
    for (int i = 0; i < 99; i++)
        CU_ASSERT_EQUAL(pass_message(&p, true, 0), RES_OK);
    CU_ASSERT_EQUAL(p.client.unsigned_run, 99);
    CU_ASSERT_EQUAL(pass_message(&p, true, 0), RES_EXPECTEDTSIG);   /* 100 in a row */
    /* Our server signs every message, so its digest lacks the unsigned ones. */
    CU_ASSERT_EQUAL(pass_message(&p, false, 0), RES_TSIGVERIFYFAILURE);
}

static void test_server_complains(void)
{
    uint8_t buf[ROOM];
    struct writer w = writer_of(buf, sizeof buf);
    struct pair p;

    begin_pair(&p, &keys[0]);
    p.server.error = RCODE_BADTIME;
    put_header(&w, FLAG_QR);
    CU_ASSERT_EQUAL(tsig_sign_response(&p.server, &w, NOW_S + 900), RES_OK);
    CU_ASSERT_EQUAL(tsig_verify_response(&p.client, buf, writer_len(&w), NOW_S),
                    RES_CLOCKSKEW);
    CU_ASSERT_EQUAL(p.client.error, RCODE_BADTIME);
}

static void test_no_room(void)
{
    uint8_t buf[ROOM];
    struct writer w = writer_of(buf, 60);
    struct tsig_session s;

    put_header(&w, 0);
    CU_ASSERT_EQUAL(tsig_sign_request(&s, &keys[0], &w, NOW_S), RES_NOSPACE);
    CU_ASSERT_EQUAL(get_u16(buf + 10), 0);
}

static const struct unit_test tests[] = {
    {"BIND's answers, byte by byte", test_exchanges},
    {"every bit counts", test_every_bit_counts},
    {"algorithm texts", test_algorithm_texts},
    {"streams of signed messages", test_stream},
    {"unsigned messages of a stream", test_unsigned_messages},
    {"the server complains", test_server_complains},
    {"no room", test_no_room},
};

UNIT_MAIN(tests)

/*
 * echo PORT: sends every datagram that arrives on 127.0.0.1 back with the QR bit set.
 * It looks at nothing else, so its rate is what recvmmsg and sendmmsg allow one core.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, PACKET_LEN = 1232, BUFFER_LEN = 4 << 20 };

static struct mmsghdr messages[BATCH];
static struct iovec parts[BATCH];
static struct sockaddr_in peers[BATCH];
static uint8_t packets[BATCH][PACKET_LEN];

static int open_socket(uint16_t port)
{
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons(port),
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER_LEN;

    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        err(1, "port %u", port);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return fd;
}

static void prepare_batch(void)
{
    for (unsigned i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){packets[i], PACKET_LEN};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                              .msg_namelen = sizeof peers[i],
                                              .msg_iov = &parts[i],
                                              .msg_iovlen = 1};
    }
}

/* Sends `count` packets back; one that the kernel refuses is dropped. */
static void send_back(int fd, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        parts[i].iov_len = messages[i].msg_len;
        packets[i][2] |= 0x80;
    }
    for (unsigned sent = 0; sent < count;) {
        int n = sendmmsg(fd, messages + sent, count - sent, 0);
        sent += n > 0 ? (unsigned)n : 1;
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        errx(2, "usage: echo PORT");
    }
    int fd = open_socket((uint16_t)atoi(argv[1]));
    for (;;) {
        prepare_batch();
        int n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (n > 0) {
            send_back(fd, (unsigned)n);
        }
    }
}

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pool.h"

static atomic_uint ran;

struct count_job {
    struct pool_job job;
    struct pool *pool;
    unsigned again;
};

static void count_run(struct pool_job *job)
{
    struct count_job *c = (struct count_job *)job;

    atomic_fetch_add(&ran, 1);
    if (c->again-- > 0)
        pool_give(c->pool, job);
}

static void test_pool(void)
{
    struct count_job jobs[50];
    struct pool *p = pool_new(3, "test");

    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(pool_threads(p), 3);
    pool_wait(p);
    atomic_store(&ran, 0);
    for (size_t i = 0; i < 50; i++) {
        jobs[i] = (struct count_job){{count_run, NULL}, p, 3};
        pool_give(p, &jobs[i].job);
    }
    pool_wait(p);
    CU_ASSERT_EQUAL(atomic_load(&ran), 200);
    for (size_t i = 0; i < 50; i++) {
        jobs[i] = (struct count_job){{count_run, NULL}, p, 0};
        pool_give(p, &jobs[i].job);
    }
    pool_free(p);       /* runs what waits */
    CU_ASSERT_EQUAL(atomic_load(&ran), 250);
    pool_free(NULL);
}

static void test_read(void)
{
    char path[] = "/tmp/base_file_test.XXXXXX", *data = NULL;
    size_t len = 0;
    int fd = mkstemp(path);

    CU_ASSERT_EQUAL(file_write_all(fd, "hello\0you", 9), RES_OK);
    close(fd);
    CU_ASSERT_EQUAL_FATAL(file_read(path, 9, &data, &len), RES_OK);
    CU_ASSERT_EQUAL(len, 9);
    CU_ASSERT_EQUAL(memcmp(data, "hello\0you\0", 10), 0);
    free(data);
    CU_ASSERT_EQUAL(file_read(path, 8, &data, &len), RES_RANGE);
    CU_ASSERT_EQUAL(file_read("/tmp", 99, &data, &len), RES_NOTFILE);
    CU_ASSERT_EQUAL(file_read("/dev/zero", 99999, &data, &len), RES_RANGE);
    CU_ASSERT_EQUAL_FATAL(file_read("/dev/null", 0, &data, &len), RES_OK);
    CU_ASSERT_EQUAL(len, 0);
    free(data);
    unlink(path);
    CU_ASSERT_EQUAL(file_read(path, 99, &data, &len), RES_FILENOTFOUND);
}

static void test_replace(void)
{
    char folder[] = "/tmp/base_file_test.XXXXXX", *data = NULL;
    struct file_replace r;
    struct stat st;
    size_t len;

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
    CU_ASSERT_EQUAL(file_replace_with("f", 0640, "one", 3), RES_OK);
    CU_ASSERT_EQUAL(stat("f", &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
    CU_ASSERT_EQUAL_FATAL(file_replace_begin(&r, "f", 0600), RES_OK);
    CU_ASSERT_EQUAL(file_write_all(r.fd, "two", 3), RES_OK);
    file_replace_abort(&r);
    CU_ASSERT_EQUAL_FATAL(file_read("f", 99, &data, &len), RES_OK);
    CU_ASSERT_STRING_EQUAL(data, "one");
    free(data);
    CU_ASSERT_EQUAL(file_replace_with("no/f", 0600, "x", 1), RES_FILENOTFOUND);
    CU_ASSERT_EQUAL(unlink("f"), 0);
    CU_ASSERT_EQUAL(chdir("/"), 0);
    CU_ASSERT_EQUAL(rmdir(folder), 0);      /* no temporary file is left */
}

static const struct unit_test tests[] = {
    {"pool: jobs and jobs that give jobs", test_pool},
    {"file: read", test_read},
    {"file: replace, all or nothing", test_replace},
};
UNIT_MAIN(tests)

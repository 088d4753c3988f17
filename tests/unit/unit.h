/*
 * The runner of the unit tests: a table of names and functions, CUnit's assertions in the
 * functions, one "ok - NAME" or "not ok - NAME" line per test on standard output.
 *
 *     static const struct unit_test tests[] = {{"what holds", test_what_holds}};
 *     UNIT_MAIN(tests)
 *
 * One thread.  The exit status is 0 when every test passed.  Arguments, when given, are
 * parts of names: only tests that contain one of them run.
 */
#ifndef KZ_TESTS_UNIT_H
#define KZ_TESTS_UNIT_H

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit_test {
    const char *name;
    void (*run)(void);
};

static inline bool unit_is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(name, argv[i]) != NULL) {
            return true;
        }
    }
    return argc < 2;
}

/* Runs one test; true when no assertion failed.  Failures go to standard output. */
static inline bool unit_run_one(CU_pSuite suite, const struct unit_test *test)
{
    CU_pTest handle = CU_add_test(suite, test->name, test->run);
    if (handle == NULL || CU_run_test(suite, handle) != CUE_SUCCESS) {
        printf("not ok - %s (%s)\n", test->name, CU_get_error_msg());
        return false;
    }
    bool passed = CU_get_number_of_failures() == 0;
    printf("%s - %s\n", passed ? "ok" : "not ok", test->name);
    for (CU_pFailureRecord f = CU_get_failure_list(); !passed && f != NULL; f = f->pNext) {
        printf("#   %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
    }
    fflush(stdout);
    return passed;
}

static inline int unit_run(const struct unit_test *tests, size_t count, int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 2;
    }
    CU_pSuite suite = CU_add_suite("unit", NULL, NULL);
    int failed = suite == NULL;
    for (size_t i = 0; suite != NULL && i < count; i++) {
        if (unit_is_wanted(tests[i].name, argc, argv)) {
            failed += !unit_run_one(suite, &tests[i]);
        }
    }
    CU_cleanup_registry();
    return failed != 0;
}

#define UNIT_MAIN(tests)                                                                           \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return unit_run(tests, sizeof(tests) / sizeof *(tests), argc, argv);                       \
    }

#endif

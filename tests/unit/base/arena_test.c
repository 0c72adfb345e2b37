/* SPDX-License-Identifier: Apache-2.0 */
/* arena_test.c: what an arena promises. */
#include "tests/support/arena_fixture.h"

#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char order[16];

static void append(char letter)
{
	size_t end = strlen(order);

	assert_true(end + 1 < sizeof order);
	order[end] = letter;
	order[end + 1] = '\0';
}

static void note(void *pointer)
{
	append(*(const char *)pointer);
}

struct second_thought {
	struct arena *arena;
};

static void note_and_defer(void *pointer)
{
	struct second_thought *thought = pointer;

	append('x');
	arena_defer(thought->arena, note, arena_strdup(thought->arena, "y"));
}

static void pieces_of_any_size_are_aligned_and_apart(void **state)
{
	enum { COUNT = 2000 };
	static unsigned char *pieces[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		pieces[i] = arena_alloc(*state, i * 7 % 3001);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i & 0xff), i * 7 % 3001);
	}
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t j = 0; j < i * 7 % 3001; j++)
			assert_int_equal(pieces[i][j], i & 0xff);
	}
}

static void deferred_functions_run_newest_first_and_may_defer_more(void **state)
{
	struct arena *arena = arena_new(0);
	struct second_thought thought = { arena };

	(void)state;
	order[0] = '\0';
	arena_defer(arena, note, arena_strdup(arena, "a"));
	arena_defer(arena, note_and_defer, &thought);
	arena_defer(arena, note, arena_strdup(arena, "c"));
	arena_free(arena);
	assert_string_equal(order, "cxya");
}

static void a_reset_arena_starts_again_and_has_given_everything_back(void **state)
{
	struct arena *arena = *state;

	order[0] = '\0';
	arena_alloc(arena, 1 << 20);
	arena_defer(arena, note, "r");
	arena_reset(arena);
	assert_string_equal(order, "r");
	assert_int_equal(arena_used(arena), 0);
	arena_reset(arena);
	assert_string_equal(order, "r");
	assert_non_null(arena_alloc(arena, 10));
}

static void a_limit_refuses_what_goes_beyond_it_and_nothing_else(void **state)
{
	struct arena *arena = arena_new(1000);

	(void)state;
	assert_non_null(arena_try_alloc(arena, 600));
	assert_null(arena_try_alloc(arena, 401));
	assert_null(arena_try_alloc(arena, SIZE_MAX));
	assert_non_null(arena_try_alloc(arena, 400));
	assert_int_equal(arena_used(arena), 1000);
	/* what is taken already must be given back, so deferring is never refused */
	order[0] = '\0';
	arena_defer(arena, note, "d");
	arena_free(arena);
	assert_string_equal(order, "d");
}

/* The signal that ended a child which ran `function`, 0 when it ended by itself. */
static int signal_of(void (*function)(struct arena *arena))
{
	int outcome;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct arena *arena = arena_new(100);

		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		function(arena);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &outcome, 0), child);
	return WIFSIGNALED(outcome) ? WTERMSIG(outcome) : 0;
}

static void ask_too_much(struct arena *arena)
{
	arena_alloc(arena, 101);
}

static void overflow_an_array(struct arena *arena)
{
	/* wraps to 2 bytes */
	arena_array(arena, SIZE_MAX / 2 + 2, 2);
}

static void ask_little(struct arena *arena)
{
	arena_alloc(arena, 100);
}

static void running_out_aborts(void **state)
{
	(void)state;
	assert_int_equal(signal_of(ask_too_much), SIGABRT);
	assert_int_equal(signal_of(overflow_an_array), SIGABRT);
	assert_int_equal(signal_of(ask_little), 0);
}

static void texts_are_copied_and_formatted(void **state)
{
	char big[9000];

	memset(big, 'b', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	assert_string_equal(arena_strndup(*state, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(*state, "ab\0cd", 5), "ab");
	assert_string_equal(arena_strndup(*state, "ab", 5), "ab");
	assert_string_equal(arena_printf(*state, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_printf(*state, "%s", big), big);
	assert_string_equal(arena_strdup(*state, big), big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(pieces_of_any_size_are_aligned_and_apart),
		ARENA_TEST(deferred_functions_run_newest_first_and_may_defer_more),
		ARENA_TEST(a_reset_arena_starts_again_and_has_given_everything_back),
		ARENA_TEST(a_limit_refuses_what_goes_beyond_it_and_nothing_else),
		ARENA_TEST(running_out_aborts),
		ARENA_TEST(texts_are_copied_and_formatted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

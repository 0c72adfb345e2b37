/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c: see wait.h. A thread of its own keeps the live line moving while the main thread blocks in the wait. */
#include "client/cli/wait.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/cli/human.h"
#include "client/cli/show.h"
#include "client/cli/wide.h"
#include "runtime/base/time.h"

enum { STEPS_MOST = 500, FRAME_MS = 120, BAR_CELLS = 20, LINE_BYTES = 512 };

struct live {
	struct session *session;
	int64_t start_us;
	bool is_tty, has_colour;
	char shown[STEPS_MOST][16]; /* the outcome that each step was last printed with */
	pthread_t painter;

	pthread_mutex_t lock; /* guards what the painter reads, and standard error */
	char what[LINE_BYTES];
	int percent;
	bool is_ended;
};

/* Written before the handler is set, read by it: what to say when somebody presses Ctrl-C. */
static char farewell[LINE_BYTES];

/** The operation is the server's: only the waiting ends. */
static void leave(int number)
{
	ssize_t ignored = write(STDERR_FILENO, farewell, strlen(farewell));

	(void)ignored;
	_exit(128 + number);
}

static void say_farewell_on_interrupt(const char *name)
{
	const char *slash = strrchr(name, '/');

	snprintf(farewell, sizeof(farewell),
		 "\nnot waiting any longer; the operation goes on: gaon operation watch %.200s\n",
		 slash ? slash + 1 : name);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = leave }, NULL);
}

static size_t terminal_cells(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/** Called with the lock. */
static void paint(struct live *live, unsigned frame)
{
	static const char *const spinner[] = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" };
	struct arena *arena = arena_new(0);
	struct text line = text_new(arena);
	int filled = live->percent * BAR_CELLS / 100;

	text_printf(&line, "%s ", spinner[frame % 10]);
	for (int i = 0; i < BAR_CELLS; i++)
		text_append(&line, i < filled ? "█" : "░");
	text_printf(&line, " %3d %%  %s  %s", live->percent,
		    human_duration(arena, time_monotonic_us() - live->start_us), live->what);
	fprintf(stderr, "\r\033[K%s", wide_cut(arena, line.data, terminal_cells() - 1));
	fflush(stderr);
	arena_free(arena);
}

static void *keep_painting(void *argument)
{
	struct live *live = argument;

	for (unsigned frame = 0;; frame++) {
		bool is_ended;

		pthread_mutex_lock(&live->lock);
		is_ended = live->is_ended;
		if (!is_ended)
			paint(live, frame);
		pthread_mutex_unlock(&live->lock);
		if (is_ended)
			return NULL;
		session_pause(FRAME_MS);
	}
}

static const char *mark_of(const struct live *live, const Gaon__OperationStep *step)
{
	bool is_bad = strcmp(step->outcome, "failed") == 0, is_good = strcmp(step->outcome, "done") == 0;

	if (!live->has_colour)
		return is_bad ? "✗" : is_good ? "✓" : step->undo ? "↩" : "·";
	return is_bad ? "\033[31m✗\033[0m" : is_good ? "\033[32m✓\033[0m" : step->undo ? "↩" : "\033[33m·\033[0m";
}

static void print_step(struct live *live, const Gaon__OperationStep *step)
{
	struct arena *arena = arena_new(0);
	const char *span = "", *note = text_or_empty(step->note);

	if (step->start_time && step->end_time)
		span = human_duration(arena,
				      (step->end_time->seconds - step->start_time->seconds) * TIME_US_PER_SECOND +
					      (step->end_time->nanos - step->start_time->nanos) / 1000);
	fprintf(stderr, "%s  %s %-24s %-8s %8s%s%s\n", live->is_tty ? "\r\033[K" : "", mark_of(live, step),
		arena_printf(arena, "%s%s", step->undo ? "undo " : "", wide_clean(arena, step->step)), step->outcome,
		span, *note ? "  " : "", wide_clean(arena, note));
	arena_free(arena);
}

static bool is_over(const Gaon__OperationStep *step)
{
	return strcmp(step->outcome, "running") != 0 && strcmp(step->outcome, "waiting") != 0;
}

static void print_news(struct live *live, const Gaon__Operation *operation)
{
	for (size_t i = 0; i < operation->n_steps && i < STEPS_MOST; i++) {
		const Gaon__OperationStep *step = operation->steps[i];

		if (!is_over(step) || strncmp(live->shown[i], step->outcome, sizeof(live->shown[i]) - 1) == 0)
			continue;
		snprintf(live->shown[i], sizeof(live->shown[i]), "%s", step->outcome);
		print_step(live, step);
	}
}

static void progress(void *user, const Gaon__Operation *operation)
{
	struct live *live = user;

	pthread_mutex_lock(&live->lock);
	print_news(live, operation);
	live->percent = operation->progress_percent < 0     ? 0
			: operation->progress_percent > 100 ? 100
							    : operation->progress_percent;
	snprintf(live->what, sizeof(live->what), "%.100s %.100s", operation->kind,
		 operation->cancel_requested ? "(stopping)" : text_or_empty(operation->current_step));
	pthread_mutex_unlock(&live->lock);
}

/** The end in one line; the reason of a failure goes into the status. */
static struct status conclude(struct live *live, const Gaon__Operation *operation)
{
	struct arena *arena = live->session->arena;
	const char *span = human_duration(arena, time_monotonic_us() - live->start_us);
	const struct human human = { arena, &live->session->context, HUMAN_CELL };
	const char *kind = wide_clean(arena, operation->kind);
	const char *target = wide_clean(arena, human_name(&human, text_or_empty(operation->target)));

	if (operation->state == GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED) {
		fprintf(stderr, "%s %s%s%s succeeded in %s\n", live->has_colour ? "\033[32m✓\033[0m" : "✓", kind,
			*target ? " of " : "", target, span);
		return OK;
	}
	if (operation->state == GAON__OPERATION_STATE__OPERATION_STATE_CANCELLED)
		return status_fail(arena, STATUS_CANCELLED, "OPERATION_FAILED", "%s was cancelled after %s%s%s", kind,
				   span, operation->error ? ": " : "",
				   operation->error ? operation->error->message : "");
	return status_with_metadata(arena,
				    status_fail(arena, STATUS_FAILED_PRECONDITION, "OPERATION_FAILED",
						"%s failed after %s: %s (%s)", kind, span,
						operation->error ? operation->error->message : "it says no reason",
						operation->error ? operation->error->reason : "UNKNOWN"),
				    "journal", arena_printf(arena, "gaon operation get %s", operation->name));
}

struct status wait_operation(struct session *session, const char *name, const Gaon__Operation **operation)
{
	struct live *live = ARENA_NEW(session->arena, struct live);
	struct gaon_operation_wait_options options = { .size = sizeof(options), .progress = progress, .user = live };
	int code;

	TRY(session_connect(session));
	live->session = session;
	live->start_us = time_monotonic_us();
	live->is_tty = isatty(STDERR_FILENO) && session->options.output == OUTPUT_TABLE;
	live->has_colour = live->is_tty && session->screen.has_colour;
	snprintf(live->what, sizeof(live->what), "waiting");
	pthread_mutex_init(&live->lock, NULL);
	options.timeout_ms = session->options.timeout_ms;
	say_farewell_on_interrupt(name);
	if (live->is_tty && pthread_create(&live->painter, NULL, keep_painting, live) != 0)
		live->is_tty = false;
	code = gaon_operation_wait(session->call, name, &options, operation);
	if (live->is_tty) {
		pthread_mutex_lock(&live->lock);
		live->is_ended = true;
		fputs("\r\033[K", stderr);
		pthread_mutex_unlock(&live->lock);
		pthread_join(live->painter, NULL);
	}
	pthread_mutex_destroy(&live->lock);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	if (code != GAON_OK)
		return session_status(session);
	return conclude(live, *operation);
}

void wait_hint(struct session *session, const Gaon__Operation *operation)
{
	const struct human human = { session->arena, &session->context, HUMAN_CELL };
	const char *target = human_name(&human, text_or_empty(operation->target));
	const char *slash = strrchr(operation->name, '/');

	fprintf(stderr, "%s%s%s %s\n", operation->kind, *target ? " of " : "", wide_clean(session->arena, target),
		operation->done ? "has ended" : "has begun");
	show_text(arena_printf(session->arena, "%s\n", operation->name));
	fprintf(stderr, "follow it: gaon operation watch %s\n", slash ? slash + 1 : operation->name);
}

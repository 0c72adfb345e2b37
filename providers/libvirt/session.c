/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: opening a connection to libvirt, and opening it again when its daemon was away. */
#include "providers/libvirt/session.h"

#include "runtime/base/text.h"

#define KEEPALIVE_MISSES 6

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static int library_state = -1; /* written once, under library_once */

static void stay_silent(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

/* One thread for the life of the process: it notices closed connections and answers keepalives. */
static void *event_main(void *argument)
{
	(void)argument;
	libvirt_block_signals();
	while (virEventRunDefaultImpl() == 0)
		continue;
	return NULL;
}

/* An event loop without any event sleeps for ever in its first turn, and would not see what is added later. */
static void tick(int timer, void *opaque)
{
	(void)timer;
	(void)opaque;
}

static void library_start(void)
{
	virSetErrorFunc(NULL, stay_silent);
	if (virEventRegisterDefaultImpl() != 0 || virInitialize() != 0 || virEventAddTimeout(1000, tick, NULL, NULL) < 0)
		return;
	pthread_t thread;
	if (pthread_create(&thread, NULL, event_main, NULL) != 0)
		return;
	pthread_detach(thread);
	library_state = 0;
}

/*
 * The test driver forgets everything when its last connection closes. A session closes often, so one connection of its
 * stays open as long as the process: then "its state dies with the process" is the whole truth.
 */
static pthread_mutex_t keeper_mutex = PTHREAD_MUTEX_INITIALIZER;
static virConnectPtr keeper; /* guarded by keeper_mutex; never closed */

static void keep_test_state(virConnectPtr link)
{
	pthread_mutex_lock(&keeper_mutex);
	if (!keeper && virConnectRef(link) == 0)
		keeper = link;
	pthread_mutex_unlock(&keeper_mutex);
}

static struct provider_result link_open(struct libvirt_work *work, virConnectPtr *link)
{
	const struct libvirt_options *options = &work->session->options;
	virConnectPtr made = virConnectOpen(options->uri);
	if (!made) {
		struct provider_result result = libvirt_fail(work, arena_printf(work->arena, "no connection to %s", options->uri));
		/* Nothing was asked of it yet. */
		if (result.error == PROVIDER_UNKNOWN_OUTCOME)
			result.error = PROVIDER_UNAVAILABLE;
		return result;
	}
	if (options->is_test)
		keep_test_state(made);
	else if (options->keepalive_s > 0 && virConnectSetKeepAlive(made, options->keepalive_s, KEEPALIVE_MISSES) < 0)
		virResetLastError(); /* an old daemon without it still works */
	*link = made;
	return PROVIDER_DONE;
}

static virConnectPtr link_if_good(struct provider_session *session)
{
	virConnectPtr link = NULL;
	pthread_mutex_lock(&session->mutex);
	if (session->link && !session->is_suspect && virConnectIsAlive(session->link) == 1 && virConnectRef(session->link) == 0)
		link = session->link;
	pthread_mutex_unlock(&session->mutex);
	return link;
}

struct provider_result libvirt_link_take(struct libvirt_work *work, virConnectPtr *link)
{
	struct provider_session *session = work->session;
	*link = link_if_good(session);
	if (*link)
		return PROVIDER_DONE;
	/* Without the mutex, as it may hang. Two threads may both open one: the later is kept, both work. */
	virConnectPtr made = NULL;
	struct provider_result result = link_open(work, &made);
	if (result.error != PROVIDER_OK)
		return result;
	if (virConnectRef(made) != 0) {
		virConnectClose(made);
		return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "the connection to libvirt was lost at once");
	}
	pthread_mutex_lock(&session->mutex);
	virConnectPtr old = session->link;
	session->link = made;
	session->is_suspect = false;
	pthread_mutex_unlock(&session->mutex);
	if (old)
		virConnectClose(old);
	*link = made;
	return PROVIDER_DONE;
}

void libvirt_session_release(struct provider_session *session)
{
	pthread_mutex_lock(&session->mutex);
	bool is_last = --session->references == 0;
	pthread_mutex_unlock(&session->mutex);
	if (!is_last)
		return;
	if (session->link)
		virConnectClose(session->link);
	pthread_mutex_destroy(&session->mutex);
	arena_free(session->arena);
}

static struct provider_result do_nothing(struct libvirt_work *work, void *arguments)
{
	(void)work;
	(void)arguments;
	return PROVIDER_DONE;
}

struct provider_result libvirt_open(struct provider_call *call, const struct provider_config *config,
				    struct provider_session **session)
{
	pthread_once(&library_once, library_start);
	if (library_state != 0)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the libvirt library cannot be started in this process");
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);
	made->arena = arena;
	made->references = 1;
	made->connection = arena_strdup(arena, text_or_empty(config->connection));
	made->installation = arena_strdup(arena, text_or_empty(config->installation));
	pthread_mutex_init(&made->mutex, NULL);
	struct provider_result result = libvirt_options_read(arena, config, &made->options);
	if (result.error != PROVIDER_OK)
		result.message = arena_strdup(call->arena, text_or_empty(result.message));
	else
		result = libvirt_run(libvirt_work_new(made, VERB_GET), call, do_nothing, NULL);
	if (result.error == PROVIDER_OK)
		*session = made;
	else
		libvirt_session_release(made);
	return result;
}

static void *close_main(void *session)
{
	libvirt_block_signals();
	libvirt_session_release(session);
	return NULL;
}

/* Saying good-bye to a daemon can hang like anything else, and nobody waits for it. */
void libvirt_close(struct provider_session *session)
{
	pthread_t thread;
	if (!session)
		return;
	if (session->options.is_test || pthread_create(&thread, NULL, close_main, session) != 0)
		libvirt_session_release(session);
	else
		pthread_detach(thread);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* driver.c: one libcurl multi, so that connections are kept and counted per host over the whole process. */
#include "runtime/http/driver.h"

#include <time.h>

enum {
	HOST_CONNECTIONS = 16,
	TOTAL_CONNECTIONS = 512,
	KEPT_CONNECTIONS = 128,
	IDLE_MS = 10000,
	CANCEL_LOOK_MS = 50,
};

/* Shared by the askers and the thread. */
static struct driver {
	pthread_mutex_t mutex; /* guards incoming, is_stopping, and each exchange's is_done */
	bool is_stopping;
	struct exchange *incoming;
	CURLM *multi;     /* the thread's own, but for curl_multi_wakeup */
	pthread_t thread; /* with multi and users: under life_mutex */
	unsigned users;
} driver = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Starting and ending the thread exclude each other; never taken while `driver.mutex` is held. */
static pthread_mutex_t life_mutex = PTHREAD_MUTEX_INITIALIZER;

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void finish(struct exchange *exchange)
{
	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &exchange->status);
	curl_multi_remove_handle(driver.multi, exchange->easy);
	pthread_mutex_lock(&driver.mutex);
	exchange->is_done = true;
	pthread_cond_signal(&exchange->done);
	pthread_mutex_unlock(&driver.mutex);
	/* From here on the exchange is the asker's again. */
}

/* Takes what has come in; false when it is time to go. */
static bool admit(struct exchange **active)
{
	pthread_mutex_lock(&driver.mutex);
	struct exchange *incoming = driver.incoming;
	bool is_running = !driver.is_stopping;
	driver.incoming = NULL;
	pthread_mutex_unlock(&driver.mutex);

	while (incoming) {
		struct exchange *exchange = incoming;

		incoming = exchange->next;
		exchange->next = *active;
		*active = exchange;
		if (curl_multi_add_handle(driver.multi, exchange->easy) != CURLM_OK) {
			*active = exchange->next;
			exchange->code = CURLE_FAILED_INIT;
			finish(exchange);
		}
	}
	return is_running;
}

static void drop_abandoned(struct exchange **active)
{
	struct exchange **at = active;

	while (*at) {
		struct exchange *exchange = *at;

		if (!atomic_load(&exchange->is_abandoned)) {
			at = &exchange->next;
			continue;
		}
		*at = exchange->next;
		exchange->end = EXCHANGE_ABANDONED;
		finish(exchange);
	}
}

static void unlink_exchange(struct exchange **active, const struct exchange *exchange)
{
	while (*active != exchange)
		active = &(*active)->next;
	*active = exchange->next;
}

static void collect_ended(struct exchange **active)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(driver.multi, &left))) {
		struct exchange *exchange = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
		exchange->code = message->data.result;
		unlink_exchange(active, exchange);
		finish(exchange);
	}
}

static void *drive(void *unused)
{
	struct exchange *active = NULL;
	int running;

	while (admit(&active)) {
		drop_abandoned(&active);
		curl_multi_perform(driver.multi, &running);
		collect_ended(&active);
		curl_multi_poll(driver.multi, NULL, 0, IDLE_MS, NULL);
	}
	return unused;
}

static bool start(void)
{
	pthread_once(&global_once, global_init);
	driver.multi = curl_multi_init();
	if (!driver.multi)
		return false;
	curl_multi_setopt(driver.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS);
	curl_multi_setopt(driver.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)TOTAL_CONNECTIONS);
	curl_multi_setopt(driver.multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	driver.is_stopping = false;
	if (pthread_create(&driver.thread, NULL, drive, NULL) == 0)
		return true;
	curl_multi_cleanup(driver.multi);
	return false;
}

bool driver_enter(void)
{
	pthread_mutex_lock(&life_mutex);
	bool is_running = driver.users > 0 || start();
	driver.users += is_running;
	pthread_mutex_unlock(&life_mutex);
	return is_running;
}

void driver_leave(void)
{
	pthread_mutex_lock(&life_mutex);
	if (--driver.users == 0) {
		pthread_mutex_lock(&driver.mutex);
		driver.is_stopping = true;
		pthread_mutex_unlock(&driver.mutex);
		curl_multi_wakeup(driver.multi);
		pthread_join(driver.thread, NULL);
		curl_multi_cleanup(driver.multi);
	}
	pthread_mutex_unlock(&life_mutex);
}

static int64_t real_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Both in real time: a fake clock must not keep anybody waiting for ever. */
static void wait_until(struct exchange *exchange, int64_t at_ms)
{
	struct timespec at = { .tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000 };

	pthread_cond_clockwait(&exchange->done, &driver.mutex, CLOCK_MONOTONIC, &at);
}

void driver_run(struct exchange *exchange, const atomic_bool *is_cancelled, int64_t most_ms)
{
	int64_t end_ms = real_ms() + most_ms;

	pthread_mutex_lock(&driver.mutex);
	exchange->next = driver.incoming;
	driver.incoming = exchange;
	curl_multi_wakeup(driver.multi);
	while (!exchange->is_done) {
		int64_t now_ms = real_ms();
		bool is_over = now_ms >= end_ms || (is_cancelled && atomic_load(is_cancelled));

		if (is_over && !atomic_load(&exchange->is_abandoned)) {
			atomic_store(&exchange->is_abandoned, true);
			curl_multi_wakeup(driver.multi);
		}
		int64_t look_ms = now_ms + (is_cancelled || is_over ? CANCEL_LOOK_MS : most_ms + 1);
		wait_until(exchange, look_ms < end_ms || is_over ? look_ms : end_ms);
	}
	pthread_mutex_unlock(&driver.mutex);
	if (exchange->end == EXCHANGE_ABANDONED && !(is_cancelled && atomic_load(is_cancelled))) {
		exchange->end = EXCHANGE_ENDED;
		exchange->code = CURLE_OPERATION_TIMEDOUT;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* vsphere_session.c: the vSphere adapter over a canned vCenter: logins, continued pages, faults, tickets, forgotten tasks. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/provider.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/http_server.h"

#define COOKIE "vmware_soap_session=\"52ab\""
#define XSI " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
#define PROPERTY(name_, value_) "<propSet><name>" name_ "</name>" value_ "</propSet>"
#define VAL(value_) "<val>" value_ "</val>"
#define REF(type_, id_) "<val type='" type_ "'>" id_ "</val>"

/* ---- a canned vCenter ---- */

/** An answer to a method, the first `times` it is called (0: always); by the text that the request must have, or NULL. */
struct canned {
	const char *method, *needs, *answer;
	bool is_fault;
	unsigned times;
};

static struct vcenter {
	pthread_mutex_t mutex; /* the server answers each connection on a thread of its own */
	const struct canned *rows;
	unsigned called[32];
	unsigned logins, logouts, without_cookie;
	char last_body[16384];
	const char *api_type;
} vcenter = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static const char CONTENT[] =
	"<returnval><rootFolder type='Folder'>group-d1</rootFolder>"
	"<propertyCollector type='PropertyCollector'>pc</propertyCollector><viewManager type='ViewManager'>vm</viewManager>"
	"<about><name>VMware vCenter Server</name><version>8.0.2</version><apiType>%s</apiType><apiVersion>8.0.2.0</apiVersion></about>"
	"<sessionManager type='SessionManager'>sm</sessionManager><searchIndex type='SearchIndex'>si</searchIndex></returnval>";

/* What there is: one datacenter, one host, one datastore, one network. */
static const struct canned PLACE[] = {
	{ "CreateContainerView", NULL, "<returnval type='ContainerView'>session[52ab]view</returnval>", false, 0 },
	{ "DestroyView", NULL, "", false, 0 },
	{ "RetrievePropertiesEx", "<type>Datacenter</type>",
	  "<returnval><objects><obj type='Datacenter'>datacenter-2</obj>" PROPERTY("name", VAL("dc"))
		  PROPERTY("vmFolder", REF("Folder", "group-v3"))
			  PROPERTY("hostFolder", REF("Folder", "group-h4")) "</objects></returnval>",
	  false, 0 },
	{ "RetrievePropertiesEx", "<type>ComputeResource</type>",
	  "<returnval><objects><obj type='ComputeResource'>domain-s8</obj>" PROPERTY("name", VAL("host"))
		  PROPERTY("resourcePool", REF("ResourcePool", "resgroup-9")) PROPERTY(
			  "host",
			  "<val><ManagedObjectReference type='HostSystem'>host-10</ManagedObjectReference></val>")
			  PROPERTY("datastore",
				   "<val><ManagedObjectReference "
				   "type='Datastore'>datastore-11</ManagedObjectReference></val>") "</objects></"
												   "returnval>",
	  false, 0 },
	{ "RetrievePropertiesEx", "<type>HostSystem</type>", "<returnval/>", false, 0 },
	{ "RetrievePropertiesEx", "<type>Datastore</type>",
	  "<returnval><objects><obj type='Datastore'>datastore-11</obj>" PROPERTY("name",
										  VAL("ds")) "</objects></returnval>",
	  false, 0 },
	{ "RetrievePropertiesEx", "<type>Network</type>",
	  "<returnval><objects><obj type='Network'>network-12</obj>" PROPERTY(
		  "name", VAL("VM Network")) "</objects></returnval>",
	  false, 0 },
	{ NULL, NULL, NULL, false, 0 },
};

#define MACHINE(id_, power_)                                                                                                  \
	"<objects><obj type='VirtualMachine'>" id_ "</obj>" PROPERTY("name", VAL("m-" id_))                                   \
		PROPERTY("config.files.vmPathName", VAL("[ds] a/a.vmx")) PROPERTY("runtime.powerState", VAL(power_)) "</objects>"

static void fault_write(int socket, const char *type)
{
	char body[1024];
	snprintf(body, sizeof body,
		 "<soapenv:Envelope xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/'" XSI
		 "><soapenv:Body><soapenv:Fault>"
		 "<faultcode>ServerFaultCode</faultcode><faultstring>said so: "
		 "secret-word</faultstring><detail><%sFault xsi:type='%s'/></detail>"
		 "</soapenv:Fault></soapenv:Body></soapenv:Envelope>",
		 type, type);
	server_write(socket, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void answer_write(int socket, const char *method, const char *inner, const char *header)
{
	char *body = NULL;
	int size = asprintf(&body,
			    "<soapenv:Envelope xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/'" XSI "><soapenv:Body>"
			    "<%sResponse xmlns='urn:vim25'>%s</%sResponse></soapenv:Body></soapenv:Envelope>", method, inner, method);
	server_write(socket, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", header, size, body);
	free(body);
}

static bool is_call(const struct server_request *request, const char *method)
{
	char start[80];
	snprintf(start, sizeof start, "<soapenv:Body><%s ", method);
	return strstr(request->body, start) != NULL;
}

static const struct canned *canned_find(const struct server_request *request, const struct canned *rows, unsigned *called)
{
	for (size_t i = 0; rows && rows[i].method; i++)
		if (is_call(request, rows[i].method) && (!rows[i].needs || strstr(request->body, rows[i].needs)) &&
		    (rows[i].times == 0 || !called || called[i] < rows[i].times)) {
			if (called)
				called[i]++;
			return &rows[i];
		}
	return NULL;
}

static bool answer(const struct server_request *request)
{
	pthread_mutex_lock(&vcenter.mutex);
	const struct canned *row = canned_find(request, vcenter.rows, vcenter.called);
	bool has_cookie = strstr(request->head, COOKIE) != NULL;
	bool is_open = is_call(request, "RetrieveServiceContent") || is_call(request, "Login");
	vcenter.without_cookie += !is_open && !has_cookie;
	vcenter.logouts += is_call(request, "Logout");
	if (!is_open)
		memcpy(vcenter.last_body, request->body, sizeof vcenter.last_body);
	if (!row)
		row = canned_find(request, PLACE, NULL);
	if (row && row->is_fault) {
		fault_write(request->socket, row->answer);
	} else if (row) {
		answer_write(request->socket, row->method, row->answer, "");
	} else if (is_call(request, "Login")) {
		vcenter.logins++;
		answer_write(request->socket, "Login", "<returnval/>",
			     "Set-Cookie: other=1\r\nSet-Cookie: " COOKIE "; Path=/; HttpOnly\r\n");
	} else if (is_call(request, "RetrieveServiceContent")) {
		char content[sizeof CONTENT + 40];
		snprintf(content, sizeof content, CONTENT, vcenter.api_type);
		answer_write(request->socket, "RetrieveServiceContent", content, "");
	} else {
		answer_write(request->socket, "Nothing", "", "");
	}
	pthread_mutex_unlock(&vcenter.mutex);
	return true;
}

/* ---- the adapter in front of it ---- */

static const struct provider_ops *ops;
static struct http_server *server;
static struct provider_session *session;

static void begin(struct arena *arena, const struct canned *rows)
{
	struct json *options, *credentials;
	memset(vcenter.called, 0, sizeof vcenter.called);
	vcenter.rows = rows;
	vcenter.logins = vcenter.logouts = vcenter.without_cookie = 0;
	vcenter.api_type = "VirtualCenter";
	assert_ok(http_allow_networks(arena, "127.0.0.0/8"));
	assert_ok(json_parse(arena, slice_text("{}"), NULL, &options));
	assert_ok(json_parse(arena, slice_text("{\"username\": \"gaon\", \"password\": \"secret-word\"}"), NULL, &credentials));
	server = http_server_start(answer, NULL);
	struct provider_config config = { .connection = "c", .installation = "here", .options = options, .credentials = credentials };
	config.endpoint = arena_printf(arena, "http://127.0.0.1:%u", http_server_port(server));
	struct provider_call call = { .arena = arena, .deadline_us = time_monotonic_us() + 20 * TIME_US_PER_SECOND };
	ops = provider_find("vsphere")->ops;
	assert_int_equal(ops->open(&call, &config, &session).error, PROVIDER_OK);
}

static void end(void)
{
	ops->close(session);
	http_server_stop(server);
}

static struct provider_call call_of(struct arena *arena)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + 20 * TIME_US_PER_SECOND };
}

#define assert_class(result_, class_)                                                                                       \
	do {                                                                                                                \
		struct provider_result checked_ = (result_);                                                                \
		if (checked_.error != (class_))                                                                             \
			fail_msg("%s: %s", provider_error_name(checked_.error), checked_.message ? checked_.message : ""); \
	} while (0)

/* ---- tests ---- */

static void one_login_serves_all_and_is_given_back(void **state)
{
	static const struct canned ROWS[] = { { "RetrievePropertiesEx", "<type>VirtualMachine</type>",
						"<returnval>" MACHINE("vm-1", "poweredOn") "</returnval>", false, 0 },
					      { NULL, NULL, NULL, false, 0 } };
	struct provider_machine machine;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	for (int i = 0; i < 3; i++)
		assert_class(ops->get(session, &call, "vm-1", &machine), PROVIDER_OK);
	assert_string_equal(machine.name, "m-vm-1");
	assert_int_equal(vcenter.logins, 1);
	assert_int_equal(vcenter.without_cookie, 0);
	end();
	assert_int_equal(vcenter.logouts, 1);
}

static void a_list_goes_on_with_the_token_of_the_server(void **state)
{
	static const struct canned ROWS[] = {
		{ "RetrievePropertiesEx", "<type>VirtualMachine</type>",
		  "<returnval><token>tok &amp; 1</token>" MACHINE("vm-1", "poweredOn")
			  MACHINE("vm-2", "suspended") "</returnval>",
		  false, 0 },
		{ "ContinueRetrievePropertiesEx", "<token>tok &amp; 1</token>",
		  "<returnval><token>t2</token>" MACHINE("vm-3", "poweredOff") "</returnval>", false, 0 },
		{ "ContinueRetrievePropertiesEx", "<token>t2</token>", "<returnval/>", false, 0 },
		{ "ContinueRetrievePropertiesEx", NULL, "InvalidProperty", true, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	static const size_t COUNTS[] = { 2, 1, 0 };
	struct provider_page page = { NULL, 2 };
	struct provider_machine *machines;
	size_t count;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	for (size_t i = 0; i < 3; i++) {
		page.size = 2;
		assert_class(ops->list(session, &call, &page, &machines, &count), PROVIDER_OK);
		assert_int_equal(count, COUNTS[i]);
		assert_true((page.token != NULL) == (i < 2));
		if (i == 0) {
			assert_non_null(strstr(vcenter.last_body, "<maxObjects>2</maxObjects>"));
			assert_int_equal(machines[1].state, PROVIDER_MACHINE_SUSPENDED);
		}
	}
	page = (struct provider_page){ "of another login", 2 };
	assert_class(ops->list(session, &call, &page, &machines, &count), PROVIDER_INVALID);
	end();
}

static void a_session_that_ran_out_is_renewed_and_the_call_made_once_more(void **state)
{
	static const struct canned ROWS[] = {
		{ "RetrievePropertiesEx", "<type>VirtualMachine</type>", "NotAuthenticated", true, 1 },
		{ "RetrievePropertiesEx", "<type>VirtualMachine</type>",
		  "<returnval>" MACHINE("vm-1", "poweredOn") "</returnval>", false, 0 },
		{ "PowerOffVM_Task", NULL, "NotAuthenticated", true, 1 },
		{ "PowerOffVM_Task", NULL, "<returnval type='Task'>task-5</returnval>", false, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	struct provider_machine machine;
	struct provider_task task;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	assert_class(ops->get(session, &call, "vm-1", &machine), PROVIDER_OK);
	assert_int_equal(vcenter.logins, 2);
	/* It changes something, and is sent again all the same: the server did nothing of it. */
	assert_class(ops->power(session, &call, "vm-1", VERB_STOP, &task), PROVIDER_OK);
	assert_non_null(task.handle);
	assert_int_equal(vcenter.logins, 3);
	assert_int_equal(vcenter.called[2] + vcenter.called[3], 2);
	end();
}

static void a_session_that_is_refused_again_and_again_is_an_error_of_ours(void **state)
{
	static const struct canned ROWS[] = { { "RetrievePropertiesEx", "<type>VirtualMachine</type>", "NotAuthenticated", true, 0 },
					      { NULL, NULL, NULL, false, 0 } };
	struct provider_machine machine;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	assert_class(ops->get(session, &call, "vm-1", &machine), PROVIDER_AUTH);
	assert_int_equal(vcenter.logins, 2);
	end();
}

static void a_wrong_password_is_said_without_it(void **state)
{
	static const struct canned ROWS[] = { { "Login", NULL, "InvalidLogin", true, 0 }, { NULL, NULL, NULL, false, 0 } };
	struct provider_machine machine;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	struct provider_result result = ops->get(session, &call, "vm-1", &machine);
	assert_class(result, PROVIDER_AUTH);
	assert_null(strstr(result.message, "secret-word"));
	assert_non_null(strstr(result.message, "credentials"));
	end();
	assert_int_equal(vcenter.logouts, 0);
}

static void what_is_no_vsphere_is_refused_with_what_to_do(void **state)
{
	static const struct canned ROWS[] = { { "RetrieveServiceContent", NULL, "<returnval/>", false, 0 },
					      { NULL, NULL, NULL, false, 0 } };
	struct provider_info info;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	struct provider_result result = ops->probe(session, &call, &info);
	assert_class(result, PROVIDER_INVALID);
	assert_non_null(strstr(result.message, "endpoint"));
	end();
}

static void a_host_alone_is_told_by_its_api_type(void **state)
{
	struct provider_info info;
	begin(*state, NULL);
	struct provider_call call = call_of(*state);
	assert_class(ops->probe(session, &call, &info), PROVIDER_OK);
	assert_int_equal(info.support[VERB_IMAGE_CREATE], SUPPORT_NATIVE);
	assert_string_equal(info.version, "8.0.2");
	end();
	begin(*state, NULL);
	vcenter.api_type = "HostAgent";
	assert_class(ops->probe(session, &call, &info), PROVIDER_OK);
	assert_int_equal(info.support[VERB_IMAGE_CREATE], SUPPORT_NONE);
	assert_int_equal(info.support[VERB_CHANGES], SUPPORT_NONE);
	assert_non_null(info.notes[VERB_CHANGES]);
	end();
}

static void a_ticket_for_the_screen_is_an_address(void **state)
{
	static const struct canned ROWS[] = {
		{ "RetrievePropertiesEx", "vm-1", "<returnval>" MACHINE("vm-1", "poweredOn") "</returnval>", false, 0 },
		{ "RetrievePropertiesEx", "vm-2", "<returnval>" MACHINE("vm-2", "poweredOff") "</returnval>", false, 0 },
		{ "AcquireTicket", "<ticketType>webmks</ticketType>",
		  "<returnval><ticket>cst-VCT-1</ticket><cfgFile>/x.vmx</cfgFile><host>esx1.example</host><port>443</port>"
		  "<url>wss://esx1.example:443/ticket/cst-VCT-1</url></returnval>", false, 1 },
		{ "AcquireTicket", NULL, "<returnval><ticket>abc</ticket><cfgFile>/x.vmx</cfgFile><port>902</port></returnval>", false, 1 },
		{ "AcquireTicket", NULL, "<returnval/>", false, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	const char *url = NULL;
	int64_t expires_us = -1;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	assert_class(ops->console_url(session, &call, "vm-1", &url, &expires_us), PROVIDER_OK);
	assert_string_equal(url, "wss://esx1.example:443/ticket/cst-VCT-1");
	/* Before 7.0 only the parts; a host that leaves out its name means itself. */
	assert_class(ops->console_url(session, &call, "vm-1", &url, &expires_us), PROVIDER_OK);
	assert_string_equal(url, "wss://127.0.0.1:902/ticket/abc");
	assert_class(ops->console_url(session, &call, "vm-1", &url, &expires_us), PROVIDER_UNAVAILABLE);
	assert_class(ops->console_url(session, &call, "vm-2", &url, &expires_us), PROVIDER_CONFLICT);
	end();
}

#define TASK(id_, inner_)                                                                                            \
	{ "RetrievePropertiesEx", "<obj type=\"Task\">" id_ "</obj>",                                                \
	  "<returnval><objects><obj type='Task'>" id_ "</obj>" PROPERTY("info", VAL(inner_)) "</objects></returnval>", \
	  false, 0 }

static void a_task_tells_its_progress_its_failure_and_its_end(void **state)
{
	static const struct canned ROWS[] = {
		TASK("task-1", "<state>running</state><progress>40</progress>"),
		TASK("task-2", "<state>error</state><error><fault "
			       "xsi:type='InsufficientMemoryResourcesFault'/><localizedMessage>no "
			       "room</localizedMessage></error>"),
		TASK("task-3", "<state>success</state>"),
		TASK("task-4", "<state>error</state><error><fault "
			       "xsi:type='InvalidPowerState'><requestedState>poweredOn</requestedState>"
			       "<existingState>poweredOn</existingState></fault><localizedMessage/></error>"),
		{ "RetrievePropertiesEx", "<type>Task</type>", "ManagedObjectNotFound", true, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	struct provider_task_status status;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	assert_class(ops->task(session, &call, "{\"s\":\"alone\",\"t\":\"task-1\"}", &status), PROVIDER_OK);
	assert_int_equal(status.state, TASK_RUNNING);
	assert_int_equal(status.progress_percent, 40);
	assert_class(ops->task(session, &call, "{\"s\":\"alone\",\"t\":\"task-2\"}", &status), PROVIDER_OK);
	assert_int_equal(status.state, TASK_FAILED);
	assert_int_equal(status.failure.error, PROVIDER_CAPACITY);
	assert_non_null(strstr(status.failure.message, "no room"));
	assert_class(ops->task(session, &call, "{\"s\":\"alone\",\"t\":\"task-3\",\"v\":\"vm-1\"}", &status), PROVIDER_OK);
	assert_int_equal(status.state, TASK_DONE);
	assert_string_equal(status.native_id, "vm-1");
	/* What was to be started runs already: that is no failure of starting it, but of a reset it is. */
	assert_class(ops->task(session, &call, "{\"s\":\"on\",\"t\":\"task-4\",\"v\":\"vm-1\"}", &status), PROVIDER_OK);
	assert_int_equal(status.state, TASK_DONE);
	assert_class(ops->task(session, &call, "{\"s\":\"alone\",\"t\":\"task-4\"}", &status), PROVIDER_OK);
	assert_int_equal(status.state, TASK_FAILED);
	/* One that the server has forgotten. */
	assert_class(ops->task(session, &call, "{\"s\":\"alone\",\"t\":\"task-9\"}", &status), PROVIDER_NOT_FOUND);
	end();
}

static void work_goes_on_after_its_task_was_forgotten(void **state)
{
	static const struct canned ROWS[] = {
		{ "RetrievePropertiesEx", "<type>Task</type>", "ManagedObjectNotFound", true, 0 },
		{ "ReconfigVM_Task", "gaon.phase", "<returnval type='Task'>task-6</returnval>", false, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	struct provider_task_status status;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	assert_class(ops->task(session, &call, "{\"s\":\"start\",\"t\":\"task-5\",\"v\":\"vm-1\"}", &status), PROVIDER_OK);
	assert_int_equal(status.state, TASK_RUNNING);
	assert_non_null(strstr(status.next_handle, "task-6"));
	end();
}

static void free_esxi_is_named_as_the_reason(void **state)
{
	static const struct canned ROWS[] = {
		{ "RetrievePropertiesEx", "vm-1", "<returnval>" MACHINE("vm-1", "poweredOn") "</returnval>", false, 0 },
		{ "PowerOffVM_Task", NULL, "RestrictedVersion", true, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	struct provider_task task;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	struct provider_result result = ops->power(session, &call, "vm-1", VERB_STOP, &task);
	assert_class(result, PROVIDER_UNSUPPORTED);
	assert_non_null(strstr(result.message, "license it"));
	end();
}

static void a_document_that_is_no_answer_leaves_a_change_open(void **state)
{
	static const struct canned ROWS[] = {
		{ "RetrievePropertiesEx", "vm-1", "<returnval>" MACHINE("vm-1", "poweredOn") "</returnval>", false, 0 },
		{ "PowerOffVM_Task", NULL, "<unclosed>", false, 0 },
		{ "ResetVM_Task", NULL, "<returnval/>", false, 0 },
		{ NULL, NULL, NULL, false, 0 },
	};
	struct provider_task task;
	begin(*state, ROWS);
	struct provider_call call = call_of(*state);
	assert_class(ops->power(session, &call, "vm-1", VERB_STOP, &task), PROVIDER_UNKNOWN_OUTCOME);
	assert_class(ops->power(session, &call, "vm-1", VERB_RESET, &task), PROVIDER_UNKNOWN_OUTCOME);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(one_login_serves_all_and_is_given_back),
		ARENA_TEST(a_list_goes_on_with_the_token_of_the_server),
		ARENA_TEST(a_session_that_ran_out_is_renewed_and_the_call_made_once_more),
		ARENA_TEST(a_session_that_is_refused_again_and_again_is_an_error_of_ours),
		ARENA_TEST(a_wrong_password_is_said_without_it),
		ARENA_TEST(what_is_no_vsphere_is_refused_with_what_to_do),
		ARENA_TEST(a_host_alone_is_told_by_its_api_type),
		ARENA_TEST(a_ticket_for_the_screen_is_an_address),
		ARENA_TEST(a_task_tells_its_progress_its_failure_and_its_end),
		ARENA_TEST(work_goes_on_after_its_task_was_forgotten),
		ARENA_TEST(free_esxi_is_named_as_the_reason),
		ARENA_TEST(a_document_that_is_no_answer_leaves_a_change_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

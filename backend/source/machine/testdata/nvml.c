// A library with NVML's interface and bad habits, which tests build, load and
// steer. It keeps NVML's promises about types and codes, so that the reader
// meets a real library and not something that agrees with it.
//
//   -DOLD      as drivers before 510: no second memory call, no third process list
//   -DNOT_NVML exports nothing of NVML
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, DENIED = 4, SMALL = 7, VERSION = 25, LOST = 15 };
#define MOST 4

static struct {
	int code;           // what every question about it gives
	int no_utilization; // as with MIG
	int no_memory;      // as on Grace
	int percent, celsius, milliwatts;
	uint64_t total, reserved, used;
	int processes; // how many there are
	int hidden;    // their memory is not told
} gpu[MOST];
static int count, init_code, inits, shutdowns, calls, garbage;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static int closed, waiting;

// fake_set sets one habit; index is the GPU's where it is one's.
int fake_set(int index, const char *key, int64_t v) {
	if (!strcmp(key, "count")) count = v;
	else if (!strcmp(key, "init")) init_code = v;
	else if (!strcmp(key, "garbage")) garbage = v;
	else if (!strcmp(key, "code")) gpu[index].code = v;
	else if (!strcmp(key, "no_utilization")) gpu[index].no_utilization = v;
	else if (!strcmp(key, "no_memory")) gpu[index].no_memory = v;
	else if (!strcmp(key, "percent")) gpu[index].percent = v;
	else if (!strcmp(key, "celsius")) gpu[index].celsius = v;
	else if (!strcmp(key, "milliwatts")) gpu[index].milliwatts = v;
	else if (!strcmp(key, "total")) gpu[index].total = v;
	else if (!strcmp(key, "reserved")) gpu[index].reserved = v;
	else if (!strcmp(key, "used")) gpu[index].used = v;
	else if (!strcmp(key, "processes")) gpu[index].processes = v;
	else if (!strcmp(key, "hidden")) gpu[index].hidden = v;
	else if (!strcmp(key, "hang")) {
		pthread_mutex_lock(&gate);
		closed = v;
		pthread_cond_broadcast(&opened);
		pthread_mutex_unlock(&gate);
	} else return 1;
	return 0;
}

int64_t fake_get(const char *key) {
	if (!strcmp(key, "inits")) return inits;
	if (!strcmp(key, "shutdowns")) return shutdowns;
	if (!strcmp(key, "calls")) return calls;
	if (!strcmp(key, "waiting")) return waiting;
	return -1;
}

#ifndef NOT_NVML
// hang is what a driver does whose card is stuck: the call does not come back.
static void hang(void) {
	pthread_mutex_lock(&gate);
	waiting++;
	while (closed) pthread_cond_wait(&opened, &gate);
	waiting--;
	pthread_mutex_unlock(&gate);
}

static int session(void) { return inits > shutdowns; }

// A handle is a pointer into the library, good for one session only.
static int ask(void *device, int *index) {
	calls++;
	hang();
	if (!session()) return UNINITIALIZED;
	*index = (int)((intptr_t)device & 0xff) - 1;
	if ((intptr_t)device >> 8 != inits || *index < 0 || *index >= count) return INVALID;
	return gpu[*index].code;
}

int nvmlInit_v2(void) {
	hang();
	if (init_code) return init_code;
	inits++;
	return SUCCESS;
}

int nvmlShutdown(void) {
	if (!session()) return UNINITIALIZED;
	shutdowns++;
	return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *n) {
	if (!session()) return UNINITIALIZED;
	*n = count;
	return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device) {
	if (!session()) return UNINITIALIZED;
	if (i >= (unsigned)count) return INVALID;
	if (gpu[i].code == LOST || gpu[i].code == DENIED) return gpu[i].code;
	*device = (void *)((intptr_t)inits << 8 | (intptr_t)(i + 1));
	return SUCCESS;
}

int nvmlDeviceGetName(void *d, char *b, unsigned n) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (n < 24) return SMALL;
	snprintf(b, n, "NVIDIA Fake %c", 'A' + i);
	return SUCCESS;
}

int nvmlDeviceGetUUID(void *d, char *b, unsigned n) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (n < 41) return SMALL;
	snprintf(b, n, "GPU-00000000-0000-0000-0000-00000000000%d", i);
	return SUCCESS;
}

struct utilization { unsigned gpu, memory; };
int nvmlDeviceGetUtilizationRates(void *d, struct utilization *u) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (gpu[i].no_utilization) return NOT_SUPPORTED;
	u->gpu = garbage ? 0xffffffffu : (unsigned)gpu[i].percent;
	u->memory = 1;
	return SUCCESS;
}

int nvmlDeviceGetTemperature(void *d, int sensor, unsigned *t) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (sensor != 0) return INVALID;
	if (!gpu[i].celsius) return NOT_SUPPORTED;
	*t = garbage ? 0xffffffffu : (unsigned)gpu[i].celsius;
	return SUCCESS;
}

int nvmlDeviceGetPowerUsage(void *d, unsigned *mw) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (!gpu[i].milliwatts) return NOT_SUPPORTED;
	*mw = garbage ? 0xffffffffu : (unsigned)gpu[i].milliwatts;
	return SUCCESS;
}

// The first memory call counts what the driver reserves as used.
struct memory { unsigned long long total, free, used; };
int nvmlDeviceGetMemoryInfo(void *d, struct memory *m) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (gpu[i].no_memory) return NOT_SUPPORTED;
	m->total = gpu[i].total;
	m->used = garbage ? ~0ull : gpu[i].used + gpu[i].reserved;
	m->free = m->total - m->used;
	return SUCCESS;
}

struct process { unsigned pid; unsigned long long used; unsigned gi, ci; };
static int list(void *d, unsigned *n, struct process *p, int from) {
	int i, r = ask(d, &i);
	if (r) return r;
	unsigned room = *n;
	*n = gpu[i].processes;
	if (room < *n) return SMALL;
	for (unsigned k = 0; k < *n; k++)
		p[k] = (struct process){1000 + from + k, gpu[i].hidden ? ~0ull : 1000000ull * (k + 1), ~0u, ~0u};
	return SUCCESS;
}

#ifdef OLD
int nvmlDeviceGetComputeRunningProcesses_v2(void *d, unsigned *n, struct process *p) { return list(d, n, p, 0); }
#else
struct memory2 { unsigned version; unsigned long long total, reserved, free, used; };
int nvmlDeviceGetMemoryInfo_v2(void *d, struct memory2 *m) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (m->version != (sizeof(struct memory2) | 2 << 24)) return VERSION;
	if (gpu[i].no_memory) return NOT_SUPPORTED;
	m->total = gpu[i].total;
	m->reserved = gpu[i].reserved;
	m->used = garbage ? ~0ull : gpu[i].used;
	m->free = m->total - m->reserved - m->used;
	return SUCCESS;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *n, struct process *p) { return list(d, n, p, 0); }
// The first of them draws too, so it is in both lists.
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *d, unsigned *n, struct process *p) {
	int i, r = ask(d, &i);
	if (r) return r;
	if (*n < 1) return SMALL;
	*n = gpu[i].processes > 0;
	if (*n) p[0] = (struct process){1000, gpu[i].hidden ? ~0ull : 1000000ull, ~0u, ~0u};
	return SUCCESS;
}
#endif
#endif

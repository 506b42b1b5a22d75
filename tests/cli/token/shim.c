/* A PKCS #11 library in front of the one SHIM_MODULE names, for what SoftHSM never does: a token that locks, or is pulled
   out between two signatures. It also counts: each login and each session becomes a line in the file SHIM_LOG names.

   SHIM_FLAGS      decimal, or-ed into the flags of CK_TOKEN_INFO
   SHIM_SIGNS      after so many signatures the token is gone
   SHIM_GONE_AS    decimal, what the library then says (CKR_DEVICE_REMOVED without it)
   SHIM_HANG       the call that never comes back: initialize, slots, login, sign, close                           */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef ulong (*function)();
struct list { unsigned char version[2]; function at[68]; };
enum { INITIALIZE = 0, GET_SLOT_LIST = 4, GET_SLOT_INFO = 5, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, CLOSE_SESSION = 13 };
enum { LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };
enum { CKR_DEVICE_REMOVED = 0x32, CKF_TOKEN_PRESENT = 1 };

static struct list ours, *theirs;
static long signatures;

static long setting(const char *name, long otherwise) {
    const char *value = getenv(name);
    return value ? atol(value) : otherwise;
}

static void count(const char *what) {
    const char *path = getenv("SHIM_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (log) {
        fprintf(log, "%s\n", what);
        fclose(log);
    }
}

static void hang(const char *call) {
    const char *wanted = getenv("SHIM_HANG");
    if (wanted && strcmp(wanted, call) == 0) {
        count("hang");
        for (;;) sleep(60);
    }
}

static ulong initialize(void *arguments) {
    hang("initialize");
    return theirs->at[INITIALIZE](arguments);
}

static ulong slot_list(unsigned char present, ulong *slots, ulong *length) {
    hang("slots");
    return theirs->at[GET_SLOT_LIST](present, slots, length);
}

static ulong close_session(ulong session) {
    hang("close");
    return theirs->at[CLOSE_SESSION](session);
}

static int gone(void) {
    long limit = setting("SHIM_SIGNS", -1);
    return limit >= 0 && __atomic_load_n(&signatures, __ATOMIC_SEQ_CST) >= limit;
}

static ulong slot_info(ulong slot, unsigned char *info) {
    ulong result = theirs->at[GET_SLOT_INFO](slot, info);
    /* slotDescription[64], manufacturerID[32], flags */
    if (result == 0 && gone()) *(ulong *)(info + 96) &= ~(ulong)CKF_TOKEN_PRESENT;
    return result;
}

static ulong token_info(ulong slot, unsigned char *info) {
    ulong result = theirs->at[GET_TOKEN_INFO](slot, info);
    /* label[32], manufacturerID[32], model[16], serialNumber[16], flags */
    if (result == 0) *(ulong *)(info + 96) |= (ulong)setting("SHIM_FLAGS", 0);
    return result;
}

static ulong open_session(ulong slot, ulong flags, void *application, void *notify, ulong *session) {
    count("session");
    return theirs->at[OPEN_SESSION](slot, flags, application, notify, session);
}

static ulong login(ulong session, ulong user, unsigned char *pin, ulong length) {
    count("login");
    hang("login");
    return theirs->at[LOGIN](session, user, pin, length);
}

static ulong sign_init(ulong session, void *mechanism, ulong key) {
    if (gone()) return (ulong)setting("SHIM_GONE_AS", CKR_DEVICE_REMOVED);
    return theirs->at[SIGN_INIT](session, mechanism, key);
}

static ulong sign(ulong session, unsigned char *data, ulong length, unsigned char *value, ulong *value_length) {
    /* A call without room for the value asks for its length only. */
    if (value) hang("sign");
    if (value) __atomic_add_fetch(&signatures, 1, __ATOMIC_SEQ_CST);
    return theirs->at[SIGN](session, data, length, value, value_length);
}

ulong C_GetFunctionList(struct list **list) {
    const char *path = getenv("SHIM_MODULE");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    ulong (*get)(struct list **) = library ? (ulong(*)(struct list **))dlsym(library, "C_GetFunctionList") : NULL;
    ulong result = get ? get(&theirs) : 5;
    if (result != 0) return result;
    memcpy(&ours, theirs, sizeof ours);
    ours.at[INITIALIZE] = (function)initialize;
    ours.at[GET_SLOT_LIST] = (function)slot_list;
    ours.at[CLOSE_SESSION] = (function)close_session;
    ours.at[GET_SLOT_INFO] = (function)slot_info;
    ours.at[GET_TOKEN_INFO] = (function)token_info;
    ours.at[OPEN_SESSION] = (function)open_session;
    ours.at[LOGIN] = (function)login;
    ours.at[SIGN_INIT] = (function)sign_init;
    ours.at[SIGN] = (function)sign;
    *list = &ours;
    return 0;
}

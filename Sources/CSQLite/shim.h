/* SQLite's interface, and the parts of it that are variadic or macros, which Swift cannot call. */
#include <errno.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Switches a connection's option on or off, and fails unless it then reads back so. */
static inline int csqlite_set_option(sqlite3 *database, int option, int value) {
    int after = -1;
    int code = sqlite3_db_config(database, option, value, &after);
    if (code == SQLITE_OK && after != value) return SQLITE_ERROR;
    return code;
}

/* Binds a copy of the bytes as text, NUL bytes included. */
static inline int csqlite_bind_text(sqlite3_stmt *statement, int position, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, position, count == 0 ? "" : (const char *)bytes, count, SQLITE_TRANSIENT,
                               SQLITE_UTF8);
}

/* Binds a copy of the bytes as a blob; none at all is an empty blob, not NULL. */
static inline int csqlite_bind_bytes(sqlite3_stmt *statement, int position, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, position, count == 0 ? "" : bytes, count, SQLITE_TRANSIENT);
}

/* The errno of the last call that failed on one of a connection's files: `which` is SQLITE_FCNTL_FILE_POINTER for the
   database, SQLITE_FCNTL_JOURNAL_POINTER for its log. 0 when none did or the file is not open. */
static inline int csqlite_file_error(sqlite3 *database, int which) {
    sqlite3_file *file = 0;
    int error = 0;
    if (sqlite3_file_control(database, "main", which, &file) != SQLITE_OK || !file || !file->pMethods) return 0;
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

/* Takes all the locks of a database file that SQLite on Unix ever takes (PENDING_BYTE and what follows, os_unix.c), so
   that nobody can have the file open at the same time, whatever his mode. It belongs to the open file, not to the
   process, and goes when the file is closed. 0 when it is ours, else an errno: EAGAIN when somebody has the file open. */
static inline int csqlite_lock_whole_file(int file) {
    /* The kernel's struct flock on 64-bit machines, and F_OFD_SETLK, which <fcntl.h> hides without _GNU_SOURCE. */
    struct {
        short type, whence;
        long start, length;
        int process;
    } lock = {1 /* F_WRLCK */, 0 /* SEEK_SET */, 0x40000000, 512, 0};
    _Static_assert(sizeof(long) == 8, "struct flock of a 64-bit machine");
    return syscall(SYS_fcntl, file, 37 /* F_OFD_SETLK */, &lock) == 0 ? 0 : errno;
}

/* Takes memory for pages when a page is read, not twenty pages at once for every connection. Before the first
   connection; afterwards it changes nothing. */
static inline void csqlite_take_pages_singly(void) { sqlite3_config(SQLITE_CONFIG_PAGECACHE, (void *)0, 0, 0); }

/*
 * Arrays that grow: a pointer, how many elements there are, and for how many there is room.
 */
#ifndef KZ_BASE_ARRAY_H
#define KZ_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { ARRAY_FIRST_ROOM = 16 };

/* The array with twice the room, moved if need be; NULL without memory (it is as before). */
static inline void *array_doubled(void *array, size_t *room, size_t size)
{
    size_t n = *room > 0 ? *room * 2 : ARRAY_FIRST_ROOM;
    void *p = n <= UINT32_MAX ? realloc(array, n * size) : NULL;

    if (p != NULL)
        *room = n;
    return p;
}

/* Is there room for one more element, after growing if need be?  `array` and `room` are lvalues;
 * all three are evaluated more than once. */
#define ARRAY_ROOM(array, count, room)                                                            \
    __extension__({                                                                               \
        size_t array_room_ = (room);                                                              \
        void *array_more_ = (array);                                                              \
        if ((count) >= array_room_) {                                                             \
            array_more_ = array_doubled((array), &array_room_, sizeof *(array));                  \
            if (array_more_ != NULL) {                                                            \
                (array) = array_more_;                                                            \
                (room) = (__typeof__(room))array_room_;                                           \
            }                                                                                     \
        }                                                                                         \
        array_more_ != NULL;                                                                      \
    })

#endif

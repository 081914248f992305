/* The runtime is linked into other people's programs, so each of its symbols begins with weft_. Inside, the
 * public API is what says weft_; everything else that one file gives another is renamed here, and reads as
 * usual. tests/unit/test_runtime_symbols.c looks at the archive. */
#ifndef WEFT_RT_NAMES_H
#define WEFT_RT_NAMES_H

#define error_set weft_rt_error_set
#define device_cpu weft_rt_device_cpu
#define device_default weft_rt_device_default
#define device_set_default weft_rt_device_set_default
#define device_register weft_rt_device_register
#define device_of_tensor weft_rt_device_of_tensor
#define device_holds weft_rt_device_holds
#define dtype_name weft_rt_dtype_name
#define dtype_text weft_rt_dtype_text
#define dtype_from_f64 weft_rt_dtype_from_f64
#define dtype_from_i64 weft_rt_dtype_from_i64
#define dtype_to_f64 weft_rt_dtype_to_f64
#define dtype_to_i64 weft_rt_dtype_to_i64
#define float_bits_to_f64 weft_rt_float_bits_to_f64
#define float_bits_from_f64 weft_rt_float_bits_from_f64
#define decimal_shortest weft_rt_decimal_shortest
#define decimal_digits weft_rt_decimal_digits
#define decimal_repr weft_rt_decimal_repr
#define launch_check weft_rt_launch_check
#define launch_shape weft_rt_launch_shape
#define launch_tensors_are_apart weft_rt_launch_tensors_are_apart
#define trace_wanted weft_rt_trace_wanted
#define trace_launch weft_rt_trace_launch
#define clock_seconds weft_rt_clock_seconds
#define cpu_launch weft_rt_cpu_launch
#define cpu_isa weft_rt_cpu_isa
#define cpu_run_here weft_rt_cpu_run_here
#define cpu_run_current weft_rt_cpu_run_current
#define cpu_run_fail weft_rt_cpu_run_fail
#define pool_threads weft_rt_pool_threads
#define pool_run weft_rt_pool_run
#define buffer_reserve weft_rt_buffer_reserve
#define buffer_append weft_rt_buffer_append
#define buffer_repeat weft_rt_buffer_repeat
#define buffer_printf weft_rt_buffer_printf
#define buffer_free weft_rt_buffer_free
#define format_spec_parse weft_rt_format_spec_parse
#define format_str weft_rt_format_str
#define format_str_repr weft_rt_format_str_repr
#define format_int weft_rt_format_int
#define format_float weft_rt_format_float
#define format_array weft_rt_format_array
#define format_element weft_rt_format_element
#define host_failf weft_rt_host_failf
#define host_guarded weft_rt_host_guarded
#define host_guard_arrays weft_rt_host_guard_arrays
#define array_list_init weft_rt_array_list_init
#define array_list_destroy weft_rt_array_list_destroy
#define array_list_hand_over weft_rt_array_list_hand_over
#define array_on_host weft_rt_array_on_host
#define npy_take_as weft_rt_npy_take_as
#define npy_read weft_rt_npy_read
#define npy_write weft_rt_npy_write
#define npy_free weft_rt_npy_free

#endif

#compdef dmplens
_dmplens() {
	local verb=info
	local -a verbs
	verbs=(
		'info:say what a dump is, what happened, where it came from'
		'check:say whether a dump is whole and what it holds'
		'explain:say what a code and its parameters mean, without a dump'
		'hash:say the failure hash of a failure bucket'
		'modules:list the loaded and unloaded modules'
		'processes:list the processes'
		'registers:show registers and what each processor was running'
		'stack:show the frames of a stack, and how sure each is'
		'symbols:list the images and PDBs that dumps need, and fetch them'
		'memory:read the memory of the dumped machine'
		'streams:list, decode or extract the secondary data of a dump'
		'events:what Windows wrote down, as one time line'
		'scan:one row for each dump of a folder, a share or an archive'
		'report:render the rows of scans again'
		'diff:say which problems are new, gone or growing'
		'completion:write what completes dmplens in a shell'
		'man:write a man page of dmplens, or of one verb'
		'version:say which version this is'
		'help:explain dmplens, or one verb'
	)
	if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
		_describe verb verbs
		_files
		return
	fi
	case $words[2] in
	info|check|explain|hash|modules|processes|registers|stack|symbols|memory|streams|events|scan|report|diff|completion|man|version|help)
		verb=$words[2]
		shift words
		(( CURRENT-- ))
		;;
	esac
	case $verb in
	info)
		_arguments \
			'*--depth=[HOW much to read\: header, a few small reads, or full]:HOW:(header full)' \
			'*--verbose[show all evidence and details]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--events=[put the dumps beside the event logs, traces and DumpStack.logs of this FILE or folder]:FILE:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--html[write one web page of all files]' \
			'*--json[write an indented JSON object for each file]' \
			'*--jsonl[write a JSON object on one line for each file]' \
			'*--markdown[write the page as Markdown, for a ticket]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .html, .json, .jsonl, .md; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	check)
		_arguments \
			'*--deep[read the whole file once]' \
			'*--private[list what can name a person, a machine or a network; with --deep in memory too]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--json[write an indented JSON object for each file]' \
			'*--jsonl[write a JSON object on one line for each file]' \
			'*--markdown[write the page as Markdown, for a ticket]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json, .jsonl, .md; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	explain)
		_arguments \
			'*--json[write an indented JSON object]' \
			'*--list[list all codes]' \
			'*--live[with --list\: those of live dumps]' \
			'*--status=[say the name of an NTSTATUS VALUE, or the value of a name]:VALUE:' \
			'*--build=[the BUILD of Windows, such as 7601\: for meanings that changed]:BUILD:' \
			'*--machine=[the TYPE of machine\: x86, amd64, arm, arm64]:TYPE:(x86 amd64 arm arm64)' \
			'*--whea=[say what the record of a hardware error in FILE holds; - is standard input]:FILE:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:(ABNORMAL_RESET_DETECTED ACPI_BIOS_ERROR ACPI_BIOS_FATAL_ERROR ACPI_DRIVER_INTERNAL ACPI_FIRMWARE_WATCHDOG_TIMEOUT ACTIVE_EX_WORKER_THREAD_TERMINATION AGP_GART_CORRUPTION AGP_ILLEGALLY_REPROGRAMMED AGP_INTERNAL AGP_INVALID_ACCESS APC_INDEX_MISMATCH APPLICATION_HANG_KERNEL_LIVEDUMP APP_TAGGING_INITIALIZATION_FAILED ASSIGN_DRIVE_LETTERS_FAILED ATDISK_DRIVER_INTERNAL ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY ATTEMPTED_SWITCH_FROM_DPC ATTEMPTED_WRITE_TO_CM_PROTECTED_STORAGE ATTEMPTED_WRITE_TO_READONLY_MEMORY AUDIT_FAILURE AZURE_DEVICE_FW_DUMP BAD_EXHANDLE BAD_OBJECT_HEADER BAD_POOL_CALLER BAD_POOL_HEADER BAD_SYSTEM_CONFIG_INFO BC_BLUETOOTH_VERIFIER_FAULT BC_BTHMINI_VERIFIER_FAULT BGI_DETECTED_VIOLATION BITLOCKER_FATAL_ERROR BLUETOOTH_ERROR_RECOVERY_LIVEDUMP BOUND_IMAGE_UNSUPPORTED BREAKAWAY_CABLE_TRANSITION BUGCODE_ID_DRIVER BUGCODE_MBBADAPTER_DRIVER BUGCODE_NDIS_DRIVER BUGCODE_NDIS_DRIVER_LIVE_DUMP BUGCODE_NETADAPTER_DRIVER BUGCODE_USB3_DRIVER BUGCODE_USB_DRIVER BUGCODE_WIFIADAPTER_DRIVER CACHE_INITIALIZATION_FAILED CACHE_MANAGER CALL_HAS_NOT_RETURNED_WATCHDOG_TIMEOUT_LIVEDUMP CANCEL_STATE_IN_COMPLETED_IRP CANNOT_WRITE_CONFIGURATION CDFS_FILE_SYSTEM CHIPSET_DETECTED_ERROR CID_HANDLE_CREATION CID_HANDLE_DELETION CLOCK_WATCHDOG_TIMEOUT CLUSTER_CLUSPORT_STATUS_IO_TIMEOUT_LIVEDUMP CLUSTER_CSVFS_LIVEDUMP CLUSTER_CSV_CLUSSVC_DISCONNECT_WATCHDOG CLUSTER_CSV_CLUSTER_WATCHDOG_LIVEDUMP CLUSTER_CSV_SNAPSHOT_DEVICE_INFO_TIMEOUT_LIVEDUMP CLUSTER_CSV_STATE_TRANSITION_INTERVAL_TIMEOUT_LIVEDUMP CLUSTER_CSV_STATE_TRANSITION_TIMEOUT_LIVEDUMP CLUSTER_CSV_STATUS_IO_TIMEOUT_LIVEDUMP CLUSTER_CSV_VOLUME_ARRIVAL_LIVEDUMP CLUSTER_CSV_VOLUME_REMOVAL_LIVEDUMP CLUSTER_RESOURCE_CALL_TIMEOUT_LIVEDUMP CLUSTER_SVHDX_LIVEDUMP CNSS_FILE_SYSTEM_FILTER CONFIG_INITIALIZATION_FAILED CONFIG_LIST_FAILED CONNECTED_STANDBY_WATCHDOG_TIMEOUT_LIVEDUMP COREMSGCALL_INTERNAL_ERROR COREMSG_INTERNAL_ERROR CORRUPT_ACCESS_TOKEN CPU_SCHEDULER_INTERNAL_ERROR CRASHDUMP_WATCHDOG_TIMEOUT CREATE_DELETE_LOCK_NOT_LOCKED CRITICAL_INITIALIZATION_FAILURE CRITICAL_OBJECT_TERMINATION CRITICAL_PROCESS_DIED CRITICAL_SERVICE_FAILED CRITICAL_STRUCTURE_CORRUPTION CRYPTO_LIBRARY_INTERNAL_ERROR CRYPTO_SELF_TEST_FAILURE DAM_WATCHDOG_TIMEOUT DATA_BUS_ERROR DATA_COHERENCY_EXCEPTION DEREF_UNKNOWN_LOGON_SESSION DEVICE_DIAGNOSTIC_LOG_LIVEDUMP DEVICE_QUEUE_NOT_BUSY DEVICE_REFERENCE_COUNT_NOT_ZERO DFSC_FILE_SYSTEM DFS_FILE_SYSTEM DIRECTED_FX_TRANSITION_LIVEDUMP DIRTY_MAPPED_PAGES_CONGESTION DIRTY_NOWRITE_PAGES_CONGESTION DISORDERLY_SHUTDOWN DMA_COMMON_BUFFER_VECTOR_ERROR DPC_WATCHDOG_TIMEOUT DPC_WATCHDOG_VIOLATION DRIPS_SW_HW_DIVERGENCE_LIVEDUMP DRIVER_CAUGHT_MODIFYING_FREED_POOL DRIVER_CORRUPTED_EXPOOL DRIVER_CORRUPTED_MMPOOL DRIVER_CORRUPTED_SYSPTES DRIVER_INVALID_CRUNTIME_PARAMETER DRIVER_INVALID_STACK_ACCESS DRIVER_IRQL_NOT_LESS_OR_EQUAL DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS DRIVER_OVERRAN_STACK_BUFFER DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION_M DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL DRIVER_PNP_WATCHDOG DRIVER_PORTION_MUST_BE_NONPAGED DRIVER_POWER_STATE_FAILURE DRIVER_RETURNED_HOLDING_CANCEL_LOCK DRIVER_RETURNED_STATUS_REPARSE_FOR_VOLUME_OPEN DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS DRIVER_UNMAPPING_INVALID_VIEW DRIVER_USED_EXCESSIVE_PTES DRIVER_VERIFIER_DETECTED_VIOLATION DRIVER_VERIFIER_DETECTED_VIOLATION_LIVEDUMP DRIVER_VERIFIER_DMA_VIOLATION DRIVER_VERIFIER_IOMANAGER_VIOLATION DRIVER_VERIFIER_TRACKING_LIVE_DUMP DRIVER_VIOLATION DRIVE_EXTENDER DYNAMIC_ADD_PROCESSOR_MISMATCH EFS_FATAL_ERROR ELAM_DRIVER_DETECTED_FATAL_ERROR EMPTY_THREAD_REAPER_LIST EM_INITIALIZATION_FAILURE END_OF_NT_EVALUATION_PERIOD ERESOURCE_INVALID_RELEASE ERRATA_WORKAROUND_UNSUCCESSFUL EVENT_TRACING_FATAL_ERROR EXCEPTION_ON_INVALID_STACK EXCEPTION_SCOPE_INVALID EXFAT_FILE_SYSTEM EXRESOURCE_TIMEOUT_LIVEDUMP FAST_ERESOURCE_PRECONDITION_VIOLATION FATAL_ABNORMAL_RESET_ERROR FATAL_UNHANDLED_HARD_ERROR FAT_FILE_SYSTEM FAULTY_HARDWARE_CORRUPTED_PAGE FILE_INITIALIZATION_FAILED FILE_SYSTEM FLOPPY_INTERNAL_ERROR FLTMGR_FILE_SYSTEM FP_EMULATION_ERROR FSRTL_EXTRA_CREATE_PARAMETER_VIOLATION FTDISK_INTERNAL_ERROR GPIO_CONTROLLER_DRIVER_ERROR HAL1_INITIALIZATION_FAILED HAL_BLOCKED_PROCESSOR_INTERNAL_ERROR HAL_ILLEGAL_IOMMU_PAGE_FAULT HAL_INITIALIZATION_FAILED HAL_IOMMU_INTERNAL_ERROR HAL_MEMORY_ALLOCATION HAL_SPE_INTERNAL_ERROR HANDLE_ERROR_ON_CRITICAL_THREAD HANDLE_LIVE_DUMP HARDWARE_INTERRUPT_STORM HARDWARE_WATCHDOG_TIMEOUT HTTP_DRIVER_CORRUPTED HYPERGUARD_INITIALIZATION_FAILURE HYPERGUARD_VIOLATION HYPERVISOR_ERROR ILLEGAL_ATS_INITIALIZATION ILLEGAL_IOMMU_PAGE_FAULT IMPERSONATING_WORKER_THREAD INACCESSIBLE_BOOT_DEVICE INCONSISTENT_IRP INSTALL_MORE_MEMORY INSTRUCTION_BUS_ERROR INSTRUCTION_COHERENCY_EXCEPTION INSUFFICIENT_SYSTEM_MAP_REGS INTERNAL_POWER_ERROR INTERRUPT_EXCEPTION_NOT_HANDLED INTERRUPT_UNWIND_ATTEMPTED INVALID_AFFINITY_SET INVALID_ALTERNATE_SYSTEM_CALL_HANDLER_REGISTRATION INVALID_CALLBACK_STACK_ADDRESS INVALID_CANCEL_OF_FILE_OPEN INVALID_DATA_ACCESS_TRAP INVALID_DRIVER_HANDLE INVALID_EXTENDED_PROCESSOR_STATE INVALID_EXTENSION_STATE INVALID_FLOATING_POINT_STATE INVALID_HIBERNATED_STATE INVALID_IO_BOOST_STATE INVALID_KERNEL_HANDLE INVALID_KERNEL_STACK_ADDRESS INVALID_MDL_RANGE INVALID_MINIMAL_PROCESS_STATE INVALID_PROCESS_ATTACH_ATTEMPT INVALID_PROCESS_DETACH_ATTEMPT INVALID_PUSH_LOCK_FLAGS INVALID_REGION_OR_SEGMENT INVALID_RUNDOWN_PROTECTION_FLAGS INVALID_SILO_DETACH INVALID_SLOT_ALLOCATOR_FLAGS INVALID_SOFTWARE_INTERRUPT INVALID_THREAD_AFFINITY_STATE INVALID_WORK_QUEUE_ITEM IO1_INITIALIZATION_FAILED IOMMU_INTERRUPT_REMAPPING_FAULT IORING IO_OBJECT_INVALID IO_THREADPOOL_DEADLOCK_LIVEDUMP IPI_WATCHDOG_TIMEOUT IRQL_GT_ZERO_AT_SYSTEM_SERVICE IRQL_NOT_DISPATCH_LEVEL IRQL_NOT_GREATER_OR_EQUAL IRQL_NOT_LESS_OR_EQUAL IRQL_UNEXPECTED_VALUE KASAN_ENLIGHTENMENT_VIOLATION KASAN_ILLEGAL_ACCESS KERNEL_APC_PENDING_DURING_EXIT KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL KERNEL_CFG_INIT_FAILURE KERNEL_DATA_INPAGE_ERROR KERNEL_EXPAND_STACK_ACTIVE KERNEL_LOCK_ENTRY_LEAKED_ON_THREAD_TERMINATION KERNEL_MODE_EXCEPTION_NOT_HANDLED KERNEL_MODE_EXCEPTION_NOT_HANDLED_M KERNEL_MODE_HEAP_CORRUPTION KERNEL_PARTITION_REFERENCE_VIOLATION KERNEL_SECURITY_CHECK_FAILURE KERNEL_STACK_INPAGE_ERROR KERNEL_STACK_LOCKED_AT_EXIT KERNEL_STORAGE_SLOT_IN_USE KERNEL_THREAD_PRIORITY_FLOOR_VIOLATION KERNEL_WMI_INTERNAL KMODE_EXCEPTION_NOT_HANDLED LAST_CHANCE_CALLED_FROM_KMODE LIVE_SYSTEM_DUMP LM_SERVER_INTERNAL_ERROR LOADER_BLOCK_MISMATCH LOADER_ROLLBACK_DETECTED LOCKED_PAGES_TRACKER_CORRUPTION LPC_INITIALIZATION_FAILED MACHINE_CHECK_EXCEPTION MAILSLOT_FILE_SYSTEM MANUALLY_INITIATED_BLACKSCREEN_HOTKEY_LIVE_DUMP MANUALLY_INITIATED_CRASH MANUALLY_INITIATED_CRASH1 MANUALLY_INITIATED_POWER_BUTTON_HOLD MANUALLY_INITIATED_POWER_BUTTON_HOLD_LIVE_DUMP MAXIMUM_WAIT_OBJECTS_EXCEEDED MBR_CHECKSUM_MISMATCH MDL_CACHE MEMORY1_INITIALIZATION_FAILED MEMORY_IMAGE_CORRUPT MEMORY_MANAGEMENT MICROCODE_REVISION_MISMATCH MISALIGNED_POINTER_PARAMETER MISMATCHED_HAL MPSDRV_QUERY_USER MSRPC_STATE_VIOLATION MSSECCORE_ASSERTION_FAILURE MUI_NO_VALID_SYSTEM_LANGUAGE MULTIPLE_IRP_COMPLETE_REQUESTS MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED MUP_FILE_SYSTEM MUST_SUCCEED_POOL_EMPTY MUTEX_ALREADY_OWNED MUTEX_LEVEL_NUMBER_VIOLATION NDIS_INTERNAL_ERROR NDIS_NET_BUFFER_LIST_INFO_ILLEGALLY_TRANSFERRED NETIO_INVALID_POOL_CALLER NETWORK_BOOT_DUPLICATE_ADDRESS NETWORK_BOOT_INITIALIZATION_FAILED NMI_HARDWARE_FAILURE NMR_INVALID_STATE NO_BOOT_DEVICE NO_EXCEPTION_HANDLING_SUPPORT NO_MORE_IRP_STACK_LOCATIONS NO_MORE_SYSTEM_PTES NO_PAGES_AVAILABLE NO_SPIN_LOCK_AVAILABLE NO_SUCH_PARTITION NO_USER_MODE_CONTEXT NPFS_FILE_SYSTEM NTFS_FILE_SYSTEM NTHV_GUEST_ERROR OBJECT1_INITIALIZATION_FAILED OBJECT_INITIALIZATION_FAILED OFS_FILE_SYSTEM OS_DATA_TAMPERING PAGE_FAULT_BEYOND_END_OF_ALLOCATION PAGE_FAULT_IN_FREED_SPECIAL_POOL PAGE_FAULT_IN_NONPAGED_AREA PAGE_FAULT_IN_NONPAGED_AREA_M PAGE_FAULT_WITH_INTERRUPTS_OFF PAGE_NOT_ZERO PANIC_STACK_SWITCH PASSIVE_INTERRUPT_ERROR PCI_BUS_DRIVER_INTERNAL PCI_CONFIG_SPACE_ACCESS_FAILURE PCI_VERIFIER_DETECTED_VIOLATION PDC_LOCK_WATCHDOG_LIVEDUMP PDC_PRIVILEGE_CHECK_LIVEDUMP PDC_UNEXPECTED_REVOCATION_LIVEDUMP PDC_WATCHDOG_TIMEOUT PDC_WATCHDOG_TIMEOUT_LIVEDUMP PFN_LIST_CORRUPT PFN_REFERENCE_COUNT PFN_SHARE_COUNT PF_DETECTED_CORRUPTION PHASE0_EXCEPTION PHASE0_INITIALIZATION_FAILED PHASE1_INITIALIZATION_FAILED PINBALL_FILE_SYSTEM PNP_DETECTED_FATAL_ERROR PNP_INTERNAL_ERROR POOL_CORRUPTION_IN_FILE_AREA PORT_DRIVER_INTERNAL POWER_FAILURE_SIMULATE PP0_INITIALIZATION_FAILED PP1_INITIALIZATION_FAILED PREVIOUS_FATAL_ABNORMAL_RESET_ERROR PREVIOUS_MODE_MISMATCH PROCESS1_INITIALIZATION_FAILED PROCESSOR_DRIVER_INTERNAL PROCESSOR_START_TIMEOUT PROCESS_HAS_LOCKED_PAGES PROCESS_INITIALIZATION_FAILED PROCESS_TERMINATE_LIKELY_DEADLOCK PROFILER_CONFIGURATION_ILLEGAL QUOTA_UNDERFLOW RAMDISK_BOOT_INITIALIZATION_FAILED RDR_FILE_SYSTEM RECOM_DRIVER RECURSIVE_MACHINE_CHECK RECURSIVE_NMI REFERENCE_BY_POINTER REFMON_INITIALIZATION_FAILED REFS_FILE_SYSTEM REF_UNKNOWN_LOGON_SESSION REGISTRY_CALLBACK_DRIVER_EXCEPTION REGISTRY_ERROR REGISTRY_FILTER_DRIVER_EXCEPTION REGISTRY_LIVE_DUMP RESERVE_QUEUE_OVERFLOW RESOURCE_MANAGER_EXCEPTION_NOT_HANDLED RESOURCE_NOT_OWNED RESOURCE_OWNER_POINTER_INVALID SAVER_ACCOUNTPROVSVCINITFAILURE SAVER_APPBARDISMISSAL SAVER_APPLISTUNREACHABLE SAVER_AUDIODRIVERHANG SAVER_AUXILIARYFULLDUMP SAVER_BATTERYPULLOUT SAVER_BLANKSCREEN SAVER_CALLDISMISSAL SAVER_CAPTURESERVICE SAVER_CHROMEPROCESSCRASH SAVER_DEVICEUPDATEUNSPECIFIED SAVER_GRAPHICS SAVER_INPUT SAVER_MEDIACORETESTHANG SAVER_MTBFCOMMANDHANG SAVER_MTBFCOMMANDTIMEOUT SAVER_MTBFIOERROR SAVER_MTBFPASSBUGCHECK SAVER_NAVIGATIONMODEL SAVER_NAVSERVERTIMEOUT SAVER_NONRESPONSIVEPROCESS SAVER_NOTIFICATIONDISMISSAL SAVER_OUTOFMEMORY SAVER_RENDERMOBILEUIOOM SAVER_RENDERTHREADHANG SAVER_REPORTNOTIFICATIONFAILURE SAVER_RESOURCEMANAGEMENT SAVER_RILADAPTATIONCRASH SAVER_RPCFAILURE SAVER_SICKAPPLICATION SAVER_SPEECHDISMISSAL SAVER_STARTNOTVISIBLE SAVER_UNEXPECTEDSHUTDOWN SAVER_UNSPECIFIED SAVER_WAITFORSHELLREADY SAVER_WATCHDOG SCSI_DISK_DRIVER_INTERNAL SCSI_VERIFIER_DETECTED_VIOLATION SDBUS_INTERNAL_ERROR SECURE_BOOT_VIOLATION SECURE_FAULT_UNHANDLED SECURE_KERNEL_ERROR SECURE_PCI_CONFIG_SPACE_ACCESS_VIOLATION SECURITY1_INITIALIZATION_FAILED SECURITY_INITIALIZATION_FAILED SECURITY_SYSTEM SERIAL_DRIVER_INTERNAL SESSION1_INITIALIZATION_FAILED SESSION2_INITIALIZATION_FAILED SESSION3_INITIALIZATION_FAILED SESSION4_INITIALIZATION_FAILED SESSION5_INITIALIZATION_FAILED SESSION_HAS_VALID_POOL_ON_EXIT SESSION_HAS_VALID_SPECIAL_POOL_ON_EXIT SESSION_HAS_VALID_VIEWS_ON_EXIT SETUP_FAILURE SET_ENV_VAR_FAILED SET_OF_INVALID_CONTEXT SHARED_RESOURCE_CONV_ERROR SILO_CORRUPT SMB_CLIENT_REQUEST_VALIDATION_FAILURE SMB_REDIRECTOR_LIVEDUMP SMB_SERVER_LIVEDUMP SMB_SRV_REQUEST_VALIDATION_FAILURE SOC_CRITICAL_DEVICE_REMOVED SOC_SUBSYSTEM_FAILURE SOC_SUBSYSTEM_FAILURE_LIVEDUMP SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION SPIN_LOCK_ALREADY_OWNED SPIN_LOCK_INIT_FAILURE SPIN_LOCK_NOT_OWNED STATUS_CANNOT_LOAD_REGISTRY_FILE STATUS_IMAGE_CHECKSUM_MISMATCH STORAGE_DEVICE_ABNORMALITY_DETECTED STORAGE_DRIVER_LIVEDUMP STORAGE_MINIPORT_ERROR STORE_DATA_STRUCTURE_CORRUPTION STREAMS_INTERNAL_ERROR SYMBOLIC_INITIALIZATION_FAILED SYNTHETIC_EXCEPTION_UNHANDLED SYNTHETIC_WATCHDOG_TIMEOUT SYSTEM_EXIT_OWNED_MUTEX SYSTEM_IMAGE_BAD_SIGNATURE SYSTEM_LICENSE_VIOLATION SYSTEM_PTE_MISUSE SYSTEM_SCAN_AT_RAISED_IRQL_CAUGHT_IMPROPER_DRIVER_UNLOAD SYSTEM_SERVICE_EXCEPTION SYSTEM_THREAD_EXCEPTION_NOT_HANDLED SYSTEM_THREAD_EXCEPTION_NOT_HANDLED_M SYSTEM_UNWIND_PREVIOUS_USER TARGET_MDL_TOO_SMALL TCPIP_AOAC_NIC_ACTIVE_REFERENCE_LEAK TELEMETRY_ASSERTS_LIVEDUMP TERMINAL_SERVER_DRIVER_MADE_INCORRECT_MEMORY_REFERENCE THIRD_PARTY_FILE_SYSTEM_FAILURE THREAD_NOT_MUTEX_OWNER THREAD_STUCK_IN_DEVICE_DRIVER THREAD_STUCK_IN_DEVICE_DRIVER_M THREAD_TERMINATE_HELD_MUTEX TIMER_OR_DPC_INVALID TOO_MANY_RECURSIVE_FAULTS TRAP_CAUSE_UNKNOWN TTM_FATAL_ERROR TTM_WATCHDOG_TIMEOUT UCMUCSI_FAILURE UCMUCSI_LIVEDUMP UDFS_FILE_SYSTEM UFX_LIVEDUMP UNDEFINED_BUG_CODE UNEXPECTED_CODEPATH UNEXPECTED_INITIALIZATION_CALL UNEXPECTED_KERNEL_MODE_TRAP UNEXPECTED_KERNEL_MODE_TRAP_M UNEXPECTED_STORE_EXCEPTION UNMOUNTABLE_BOOT_VOLUME UNSUPPORTED_INSTRUCTION_MODE UNSUPPORTED_PROCESSOR UNWIND_ON_INVALID_STACK UP_DRIVER_ON_MP_SYSTEM USB4_HARDWARE_VIOLATION USB_DRIPS_BLOCKER_SURPRISE_REMOVAL_LIVEDUMP USER_MODE_HEALTH_MONITOR USER_MODE_HEALTH_MONITOR_LIVEDUMP VHD_BOOT_HOST_VOLUME_NOT_ENOUGH_SPACE VHD_BOOT_INITIALIZATION_FAILED VIDEO_DRIVER_DEBUG_REPORT_REQUEST VIDEO_DRIVER_INIT_FAILURE VIDEO_DWMINIT_TIMEOUT_FALLBACK_BDD VIDEO_DXGKRNL_BLACK_SCREEN_LIVEDUMP VIDEO_DXGKRNL_FATAL_ERROR VIDEO_DXGKRNL_LIVEDUMP VIDEO_DXGKRNL_SYSMM_FATAL_ERROR VIDEO_ENGINE_TIMEOUT_DETECTED VIDEO_MEMORY_MANAGEMENT_INTERNAL VIDEO_MINIPORT_BLACK_SCREEN_LIVEDUMP VIDEO_MINIPORT_FAILED_LIVEDUMP VIDEO_SCHEDULER_INTERNAL_ERROR VIDEO_SHADOW_DRIVER_FATAL_ERROR VIDEO_TDR_APPLICATION_BLOCKED VIDEO_TDR_FAILURE VIDEO_TDR_TIMEOUT_DETECTED VMBUS_LIVEDUMP VOLSNAP_OVERLAPPED_TABLE_ACCESS WDF_VIOLATION WFP_INVALID_OPERATION WHEA_INTERNAL_ERROR WHEA_UNCORRECTABLE_ERROR WIN32K_ATOMIC_CHECK_FAILURE WIN32K_CALLOUT_UNREGISTER_FAILED WIN32K_CALLOUT_WATCHDOG_BUGCHECK WIN32K_CALLOUT_WATCHDOG_LIVEDUMP WIN32K_CRITICAL_FAILURE WIN32K_CRITICAL_FAILURE_LIVEDUMP WIN32K_HANDLE_MANAGER WIN32K_INIT_OR_RIT_FAILURE WIN32K_POWER_WATCHDOG_TIMEOUT WIN32K_SECURITY_FAILURE WINLOGON_FATAL_ERROR WINSOCK_DETECTED_HUNG_CLOSESOCKET_LIVEDUMP WORKER_INVALID WORKER_THREAD_INVALID_STATE WORKER_THREAD_RETURNED_AT_BAD_IRQL WORKER_THREAD_RETURNED_WHILE_ATTACHED_TO_SILO WORKER_THREAD_RETURNED_WITH_BAD_IO_PRIORITY WORKER_THREAD_RETURNED_WITH_BAD_PAGING_IO_PRIORITY WORKER_THREAD_RETURNED_WITH_NON_DEFAULT_WORKLOAD_CLASS WORKER_THREAD_RETURNED_WITH_SYSTEM_PAGE_PRIORITY_ACTIVE WORKER_THREAD_TEST_CONDITION WVR_LIVEDUMP_APP_IO_TIMEOUT WVR_LIVEDUMP_CRITICAL_ERROR WVR_LIVEDUMP_MANUALLY_INITIATED WVR_LIVEDUMP_RECOVERY_IOCONTEXT_TIMEOUT WVR_LIVEDUMP_REPLICATION_IOCONTEXT_TIMEOUT WVR_LIVEDUMP_STATE_FAILURE WVR_LIVEDUMP_STATE_TRANSITION_TIMEOUT XBOX_360_SYSTEM_CRASH XBOX_360_SYSTEM_CRASH_RESERVED XBOX_CANNOT_MANAGE_PARTITION_MEMORY XBOX_CORRUPTED_IMAGE XBOX_CORRUPTED_IMAGE_BASE XBOX_ERACTRL_CS_TIMEOUT XBOX_INVERTED_FUNCTION_TABLE_OVERFLOW XBOX_MANUALLY_INITIATED_CRASH XBOX_SECURITY_FAILUE XBOX_SHUTDOWN_WATCHDOG_TIMEOUT XBOX_XDS_WATCHDOG_TIMEOUT XNS_INTERNAL_ERROR)'
		;;
	hash)
		_arguments \
			'*--json[write an indented JSON object]' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	modules)
		_arguments \
			'*--third-party[only modules that are not one of Windows'\'' own that dmplens knows]' \
			'*--at=[the module that ADDRESS lies in\: a number, or a module and an offset in it]:ADDRESS:' \
			'*--json[write an indented JSON object]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	processes)
		_arguments \
			'*--json[write an indented JSON object]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	registers)
		_arguments \
			'*--cpu=[number N of the processor, from 0 \(default\: the header'\''s registers, and all processors\)]:N:' \
			'*--json[write an indented JSON object]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	stack)
		_arguments \
			'*--cpu=[that of processor N, from 0]:N:' \
			'*--thread=[that of the thread object at ADDRESS]:ADDRESS:' \
			'*--all[those of all processors]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--json[write an indented JSON object]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	symbols)
		_arguments \
			'*--stack[only for the modules on the dump'\''s stack]' \
			'*--missing[list only what is missing]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--fetch[ask the servers of the path for what is missing, and keep it in the store]' \
			'*--manifest[write a line for SymChk and pdblister for each file\: NAME,ID,1]' \
			'*--json[write an indented JSON object]' \
			'*--jsonl[write a JSON object on one line]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json, .jsonl; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	memory)
		_arguments \
			'*--physical[ADDRESS is a physical one]' \
			'*--length=[read N bytes, a hexadecimal number]:N:' \
			'*--format=[show memory as FORMAT\: bytes, words, dwords, qwords, pointers or ascii]:FORMAT:(bytes words dwords qwords pointers ascii)' \
			'*--json[write an indented JSON object]' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--output=[write to this new FILE; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	streams)
		_arguments \
			'*--json[write the list as an indented JSON object]' \
			'*--decode[show what all streams say, or the one that \[WHICH\] names by its number or GUID]' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--extract=[WHICH stream to write\: its number, or its GUID]:WHICH:' \
			'*--memory=[keep at most SIZE of standard input, or half of it of a member of an archive, like 512M or 2G \(default\: a quarter of the memory, up to 2G\)]:SIZE:' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	events)
		_arguments \
			'*--all[also what tells nothing by itself, and each step of a live dump]' \
			'*--provider=[only events of the provider NAME; Microsoft-Windows- may be left out. Several\: with commas, or again]:NAME:' \
			'*--since=[only events from TIME on, UTC\: 2026-03-01, or with '\''T15\:04'\'' or '\''T15\:04\:05'\'']:TIME:' \
			'*--until=[only events up to TIME]:TIME:' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--messages[with --show-private\: what can be read of messages of software traces \(WPP\) too]' \
			'*--json[write an indented JSON object]' \
			'*--csv[write comma-separated values, a row for each event]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .csv, .json; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	scan)
		_arguments \
			'*--depth=[how much to read of each dump\: HOW is header, a few small reads, full, or deep, all of its pages]:HOW:(header full deep)' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--events=[put the dumps beside the event logs, traces and DumpStack.logs of this FILE or folder, as info does]:FILE:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--files-from=[read paths from this FILE, one a line; - is standard input]:FILE:_files' \
			'*--null[paths of --files-from end with NUL, not with a line]' \
			'*--include=[look at files whose name matches PATTERN \(*.dmp and archives, if none is given\)]:PATTERN:' \
			'*--exclude=[leave out files and folders whose name matches PATTERN]:PATTERN:' \
			'*--all[look at every file]' \
			'*--duplicates=[find copies of earlier dumps by HOW\: samples of their content, exact, which reads whole those that look equal, or off]:HOW:(samples exact off)' \
			'*--jobs=[look at N files at a time \(default\: one a processor\)]:N:' \
			'*--timeout=[give a file up that takes DURATION for a row]:DURATION:' \
			'*--archive-limit=[unpack members of archives up to MIB mebibytes; of larger ones the head]:MIB:' \
			'*--memory=[take at most SIZE of memory, like 512M or 2G \(default\: a quarter of what there is, up to 2G\)]:SIZE:' \
			'*--sorted[write rows in the order of paths, not as they are done]' \
			'*--shard=[look at the files of shard I/N only, I from 1 to N]:I/N:' \
			'*--resume[go on with the rows in the file of --output \(format jsonl\)]' \
			'*--html=[write a web page about all rows to this new FILE, as report --html does]:FILE:_files' \
			'*--fail-on=[end with code 1 where a row is WHAT\: damaged, finding\:ID, or an expression as for --where]:WHAT:(damaged finding\:archive-bomb finding\:archive-damaged finding\:archive-encrypted finding\:archive-head finding\:archive-method finding\:archive-name finding\:archive-nested finding\:archive-size finding\:archive-trailing finding\:archive-unchecked finding\:bitmap-count finding\:context-implausible finding\:debugger-data finding\:dump-status finding\:dump-type-mismatch finding\:dump-type-missing finding\:dump-type-unknown finding\:encrypted finding\:file-changed finding\:foreign-content finding\:foreign-writer finding\:header-truncated finding\:insufficient-space finding\:kdbg-encoded finding\:kdbg-missing finding\:kdbg-unreadable finding\:module-list finding\:modules-cut finding\:no-pages finding\:page-count-unknown finding\:page-list finding\:page-repeated finding\:page-tables finding\:pages-read finding\:process-list finding\:range-count finding\:range-invalid finding\:read-error finding\:required-space finding\:run-count finding\:run-invalid finding\:run-overlap finding\:stream-count finding\:stream-truncated finding\:subheader-missing finding\:trailing-bytes finding\:triage-end-missing finding\:triage-overflow finding\:truncated finding\:unloaded-module-list finding\:unwind-disputed finding\:zero-content finding\:zero-tail)' \
			'*--format=[write rows as FORMAT\: table, csv, jsonl or markdown]:FORMAT:(table csv jsonl markdown)' \
			'*--columns=[write these columns, NAMES with commas]:NAMES: _values -s , NAMES path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log' \
			'*--where=[write rows for which EXPRESSION over the names of the JSON record is true]:EXPRESSION:' \
			'*--group-by=[count rows by KEY\: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day; signature is code, sub-code and module, and fine adds the offset in the module, the build and the type of machine]:KEY:(signature fine code origin module suspect process model build machine machine_id model_id day)' \
			'*--sort=[write rows at the end, sorted by COLUMN, numbers as numbers, -COLUMN from the greatest down; all wait in memory, some 10 KB each]:COLUMN:(path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log)' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .csv, .jsonl, .md; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	report)
		_arguments \
			'*--format=[write rows as FORMAT\: table, csv, jsonl or markdown]:FORMAT:(table csv jsonl markdown)' \
			'*--columns=[write these columns, NAMES with commas]:NAMES: _values -s , NAMES path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log' \
			'*--where=[write rows for which EXPRESSION over the names of the JSON record is true]:EXPRESSION:' \
			'*--group-by=[count rows by KEY\: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day; signature is code, sub-code and module, and fine adds the offset in the module, the build and the type of machine]:KEY:(signature fine code origin module suspect process model build machine machine_id model_id day)' \
			'*--sort=[write rows at the end, sorted by COLUMN, numbers as numbers, -COLUMN from the greatest down; all wait in memory, some 10 KB each]:COLUMN:(path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log)' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--html[write a web page about all rows, in one file]' \
			'*--baseline=[mark on the web page what is new or growing since the older rows of FILE]:FILE:_files' \
			'*--patterns[write what the dumps say together, not rows]' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .csv, .html, .jsonl, .md; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	diff)
		_arguments \
			'*--group-by=[compare by KEY\: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day; signature is code, sub-code and module, and fine adds the offset in the module, the build and the type of machine]:KEY:(signature fine code origin module suspect process model build machine machine_id model_id day)' \
			'*--format=[write as FORMAT\: table, csv, jsonl or markdown]:FORMAT:(table csv jsonl markdown)' \
			'*--where=[of both, the rows for which EXPRESSION is true]:EXPRESSION:' \
			'*--fail-on=[end with code 1 where a group is CHANGE\: new, growing, shrinking, gone, same; \(none\) does not count]:CHANGE: _values -s , CHANGE new growing shrinking gone same' \
			'*--html[write a web page of the changes, in one file]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--output=[write to this new FILE, as the ending says where no flag does\: .csv, .html, .jsonl, .md; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	completion)
		_arguments \
			'*--output=[write to this new FILE; - is standard output]:FILE:_files' \
			'*:what:(bash zsh fish powershell)'
		;;
	man)
		_arguments \
			'*--output=[write to this new FILE; - is standard output]:FILE:_files' \
			'*:what:(info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help)'
		;;
	version)
		_arguments \
			'*--output=[write to this new FILE; - is standard output]:FILE:_files' \
			'*:what:_files'
		;;
	help)
		_arguments \
			'*--output=[write to this new FILE; - is standard output]:FILE:_files' \
			'*:what:(info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help)'
		;;
	esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
	_dmplens "$@"
else
	compdef _dmplens dmplens
fi

"""What plugins implement: one file an interface, importing torch only where a module is one."""

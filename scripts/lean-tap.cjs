// tap keeps the lengths of all lines of every file that a test loads, for a coverage that is off here:
// a tenth of the time of a short file of tests. It asks for files to leave out in this way alone.
process.env._TAPJS_PROCESSINFO_EXCLUDE_ = '/./'

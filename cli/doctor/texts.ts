import type { Code, Finding, Part } from './finding.ts'

export type Language = 'id' | 'en'

interface Words {
  /** What is wrong; `{name}` stands for a fact of the finding. */
  readonly what: string
  /** What to do about it. */
  readonly cure: string
}

type Bilingual<T> = Readonly<Record<Language, T>>

const words = (id: Words, en: Words): Bilingual<Words> => ({ id, en })

export const FINDINGS: Readonly<Record<Code, Bilingual<Words>>> = {
  settings_wrong: words(
    {
      what: 'Pengaturan salah: {message}',
      cure: 'Perbaiki pengaturan itu; lihat docs/environment.md.',
    },
    { what: 'A setting is wrong: {message}', cure: 'Mend that setting; see docs/environment.md.' },
  ),
  address_plain: words(
    {
      what: 'Alamat publik {url} tidak terenkripsi.',
      cure: 'Pasang TLS di depan hub dan isi PUBLIC_URL dengan alamat https.',
    },
    {
      what: 'The public address {url} is not encrypted.',
      cure: 'Put TLS before the hub and give PUBLIC_URL an https address.',
    },
  ),
  keys_missing: words(
    {
      what: 'Kunci tidak ada di {folder}: {files}.',
      cure: 'Pulihkan folder kunci dari cadangan SEBELUM hub dijalankan: kunci baru tidak membuka data lama. Pada hub baru, jalankan saja hub.',
    },
    {
      what: 'Keys are missing in {folder}: {files}.',
      cure: 'Restore the folder of keys from a backup BEFORE the hub is started: new keys open no old data. For a new hub, just start it.',
    },
  ),
  keys_loose: words(
    {
      what: 'Pengguna lain di mesin ini dapat membaca kunci: {files}.',
      cure: 'chmod 600 untuk berkas-berkas di {folder}, lalu ganti kunci izin: npx titian keys rotate',
    },
    {
      what: 'Other users of this machine can read keys: {files}.',
      cure: 'chmod 600 the files in {folder}, then let the next key sign permits: npx titian keys rotate',
    },
  ),
  keys_foreign: words(
    {
      what: 'Kunci di folder ini bukan kunci basis data ini.',
      cure: 'Hentikan hub; pulihkan kunci dan basis data dari cadangan yang sama.',
    },
    {
      what: 'The keys in this folder are not those of this database.',
      cure: 'Stop the hub; restore keys and database from the same backup.',
    },
  ),
  disk_low: words(
    {
      what: 'Sisa ruang {folder} hanya {megabytes} MB.',
      cure: 'Kosongkan ruang atau tambah disk; hub berhenti menerima bila disk penuh.',
    },
    {
      what: '{folder} has only {megabytes} MB left.',
      cure: 'Free some space or add a disk; on a full disk the hub takes nothing in.',
    },
  ),
  database_away: words(
    {
      what: 'Postgres tidak menjawab ({code}).',
      cure: 'Jalankan hub (Postgres tertanam) atau server dari DATABASE_URL.',
    },
    {
      what: 'Postgres does not answer ({code}).',
      cure: 'Start the hub (embedded Postgres) or the server of DATABASE_URL.',
    },
  ),
  database_refused: words(
    {
      what: 'Postgres menolak masuk ({code}).',
      cure: 'Periksa pengguna, sandi, dan nama basis data di DATABASE_URL.',
    },
    {
      what: 'Postgres refuses the sign-in ({code}).',
      cure: 'Check user, password and database name in DATABASE_URL.',
    },
  ),
  database_old: words(
    {
      what: 'Versi Postgres terlalu lama ({version}).',
      cure: 'Pakai PostgreSQL 15 atau lebih baru.',
    },
    { what: 'This Postgres is too old ({version}).', cure: 'Use PostgreSQL 15 or later.' },
  ),
  schema_behind: words(
    {
      what: 'Basis data belum diperbarui: {parts}.',
      cure: 'Jalankan hub versi ini sekali; ia memperbarui sendiri.',
    },
    {
      what: 'The database is not up to date: {parts}.',
      cure: 'Start the hub of this version once; it brings it up to date.',
    },
  ),
  schema_ahead: words(
    {
      what: 'Basis data lebih baru daripada program ini: {parts}.',
      cure: 'Jalankan versi program yang lebih baru.',
    },
    {
      what: 'The database is newer than this program: {parts}.',
      cure: 'Run the newer version of the program.',
    },
  ),
  connections_scarce: words(
    {
      what: '{used} dari {most} sambungan Postgres terpakai.',
      cure: 'Naikkan max_connections, atau kurangi replika.',
    },
    {
      what: '{used} of {most} connections of Postgres are in use.',
      cure: 'Raise max_connections, or run fewer replicas.',
    },
  ),
  clock_off: words(
    {
      what: 'Jam mesin ini dan jam Postgres berbeda {seconds} detik.',
      cure: 'Nyalakan penyelarasan waktu (NTP) di kedua mesin.',
    },
    {
      what: 'The clocks of this machine and of Postgres differ by {seconds} s.',
      cure: 'Turn on time synchronisation (NTP) on both machines.',
    },
  ),
  nats_away: words(
    {
      what: 'NATS tidak menjawab ({code}).',
      cure: 'Jalankan hub (NATS tertanam) atau server dari NATS_URL. Tidak ada yang hilang; pengiriman menyusul.',
    },
    {
      what: 'NATS does not answer ({code}).',
      cure: 'Start the hub (embedded NATS) or the server of NATS_URL. Nothing is lost; what waits is sent then.',
    },
  ),
  nats_refused: words(
    { what: 'NATS menolak masuk ({code}).', cure: 'Periksa pengguna dan sandi di NATS_URL.' },
    { what: 'NATS refuses the sign-in ({code}).', cure: 'Check user and password in NATS_URL.' },
  ),
  nats_open: words(
    {
      what: 'NATS membiarkan siapa pun masuk tanpa sandi yang benar.',
      cure: 'Tutup segera: npm run nats-config menulis konfigurasinya.',
    },
    {
      what: 'NATS lets anybody in without the right password.',
      cure: 'Close it now: npm run nats-config writes the configuration.',
    },
  ),
  streams_missing: words(
    {
      what: 'Aliran NATS tidak ada: {streams}.',
      cure: 'Biarkan hub berjalan: ia membuatnya lagi dan mengisinya dari buku besar.',
    },
    {
      what: 'NATS streams are missing: {streams}.',
      cure: 'Let the hub run: it makes them again and fills them from the ledger.',
    },
  ),
  dead_letters: words(
    {
      what: '{count} pesan gagal diproses berulang kali (aliran DEAD), dan belum ada orang yang diberi tahu.',
      cure: 'Jalankan hub: masing-masing menjadi tugas koordinator (GET /v1/tasks). Sebabnya ada di log: "message given up".',
    },
    {
      what: '{count} messages failed again and again (stream DEAD), and nobody was told yet.',
      cure: 'Let the hub run: each becomes a task of the coordinators (GET /v1/tasks). The log has the cause: "message given up".',
    },
  ),
  ledger_behind: words(
    {
      what: '{count} catatan menunggu buku besar; yang tertua {seconds} detik.',
      cure: 'Pastikan layanan audit berjalan; lihat log-nya.',
    },
    {
      what: '{count} entries wait for the ledger; the oldest for {seconds} s.',
      cure: 'See that the audit service runs, and what its log says.',
    },
  ),
  timers_late: words(
    {
      what: '{count} tenggat belum dijalankan; yang tertua {seconds} detik.',
      cure: 'Jalankan hub; tenggat yang terlewat dikejar sendiri. Bila tetap, lihat log.',
    },
    {
      what: '{count} clocks have not rung; the oldest is {seconds} s late.',
      cure: 'Start the hub; it makes up for what was missed. If they stay, see the log.',
    },
  ),
  tasks_open: words(
    {
      what: '{count} tugas koordinator hub belum selesai: ada yang belum diberi tahu.',
      cure: 'Buka daftar tugas (GET /v1/tasks) dan hubungi mereka.',
    },
    {
      what: '{count} tasks of the hub’s coordinators are open: somebody was not told.',
      cure: 'Open the list of tasks (GET /v1/tasks) and reach them.',
    },
  ),
  witness_silent: words(
    {
      what: 'Saksi {name} terakhir menandatangani {hours} jam yang lalu.',
      cure: 'Hubungi lembaganya: npx titian witness berjalan di sana?',
    },
    {
      what: 'The witness {name} last cosigned {hours} hours ago.',
      cure: 'Ask its agency: does npx titian witness run there?',
    },
  ),
  quorum_missing: words(
    {
      what: 'Kepala buku besar terbaru belum ditandatangani cukup saksi.',
      cure: 'Hubungi saksi yang diam.',
    },
    {
      what: 'Too few witnesses have cosigned the newest head of the ledger.',
      cure: 'Ask the witnesses that are silent.',
    },
  ),
  mail_away: words(
    {
      what: 'Server surel tidak menerima ({code}).',
      cure: 'Periksa SMTP_URL. Pemberitahuan yang gagal menjadi tugas.',
    },
    {
      what: 'The mail server does not take mail ({code}).',
      cure: 'Check SMTP_URL. Notices that fail become tasks.',
    },
  ),
  hub_away: words(
    {
      what: 'Tidak ada yang menjawab di {url}.',
      cure: 'Jalankan hub: npm start. Periksa HOST dan PORT.',
    },
    { what: 'Nothing answers at {url}.', cure: 'Start the hub: npm start. Check HOST and PORT.' },
  ),
  hub_not_ready: words(
    {
      what: 'Hub di {url} belum siap: {parts}.',
      cure: 'Perbaiki bagian itu; hub pulih sendiri sesudahnya.',
    },
    {
      what: 'The hub at {url} is not ready: {parts}.',
      cure: 'Mend those parts; the hub recovers by itself.',
    },
  ),
}

export const PART_NAMES: Readonly<Record<Part, Bilingual<string>>> = {
  settings: { id: 'pengaturan', en: 'settings' },
  keys: { id: 'kunci', en: 'keys' },
  disk: { id: 'disk', en: 'disk' },
  database: { id: 'basis data', en: 'database' },
  nats: { id: 'NATS', en: 'NATS' },
  ledger: { id: 'buku besar', en: 'ledger' },
  clocks: { id: 'tenggat', en: 'clocks' },
  notices: { id: 'pemberitahuan', en: 'notices' },
  witnesses: { id: 'saksi', en: 'witnesses' },
  mail: { id: 'surel', en: 'mail' },
  hub: { id: 'hub', en: 'hub' },
}

export const ENDINGS: Readonly<Record<'well' | 'wrong' | 'unseen', Bilingual<string>>> = {
  well: { id: 'Semua baik.', en: 'All is well.' },
  wrong: { id: 'Ada yang perlu diperbaiki: {count}.', en: 'To mend: {count}.' },
  unseen: { id: 'tidak terlihat', en: 'not seen' },
}

/** A sentence with its facts in place. */
export const fill = (text: string, facts: Finding['facts']): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole))

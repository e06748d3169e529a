// One line an event, as key=value pairs (logfmt): for eyes, and for anything that parses logs.

const quote = (value) => {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
};

const write = (stream, level, message, fields = {}) => {
  const pairs = Object.entries({ time: new Date().toISOString(), level, msg: message, ...fields });
  stream.write(pairs.map(([key, value]) => `${key}=${quote(value)}`).join(' ') + '\n');
};

export const log = {
  info: (message, fields) => write(process.stdout, 'info', message, fields),
  warn: (message, fields) => write(process.stdout, 'warn', message, fields),
  error: (message, fields) => write(process.stderr, 'error', message, fields),
};

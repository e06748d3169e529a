// Loaded before a server that has no option for it: whatever it listens on, it listens on loopback only.
import net from 'node:net';

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (options, ...rest) {
  return listen.call(this, typeof options === 'object' && options !== null && options.port !== undefined ? { ...options, host: '127.0.0.1' } : options, ...rest);
};

// Makes every server of a Node.js process listen on 127.0.0.1 alone: NODE_OPTIONS="--require FILE".
// The address is put in below `listen`, which would otherwise look it up first and have no port yet
// when it returns.
const { Server } = require('node:net');
const bind = Server.prototype._listen2;
Server.prototype._listen2 = function (address, port, type, ...rest) {
  return typeof port === 'number' && port >= 0
    ? bind.call(this, '127.0.0.1', port, 4, ...rest)
    : bind.call(this, address, port, type, ...rest);
};

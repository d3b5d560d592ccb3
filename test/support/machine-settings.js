/** Matches the settings of this machine for AWS and the network, on which no test and no figure may depend. */
module.exports =
  /^(AWS_(?!SDK_JS_)|NODE_EXTRA_CA_CERTS$|REQUESTS_CA_BUNDLE$|SSL_CERT_|(https?|all|no)_proxy$)/i;
